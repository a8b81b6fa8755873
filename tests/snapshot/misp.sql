-- A small MISP: a handful of its tables, in their shapes, with rows of our own.
SET NAMES utf8mb4;
CREATE DATABASE misp_live CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
USE misp_live;
CREATE TABLE organisations (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, uuid varchar(40) CHARACTER SET ascii, name varchar(255) NOT NULL UNIQUE, local tinyint(1) NOT NULL DEFAULT 0);
CREATE TABLE events (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, uuid varchar(40) CHARACTER SET ascii NOT NULL UNIQUE, org_id int NOT NULL, orgc_id int NOT NULL, info text NOT NULL, date date NOT NULL,
  timestamp int NOT NULL DEFAULT 0, publish_timestamp int NOT NULL DEFAULT 0, published tinyint(1) NOT NULL DEFAULT 0, distribution tinyint NOT NULL DEFAULT 0, attribute_count int unsigned, extends_uuid varchar(40) CHARACTER SET ascii DEFAULT '', INDEX (org_id), INDEX info (info(255)));
CREATE TABLE attributes (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, event_id int NOT NULL, object_id int NOT NULL DEFAULT 0, object_relation varchar(255), category varchar(255) NOT NULL, type varchar(100) NOT NULL, value1 text NOT NULL, value2 text NOT NULL,
  to_ids tinyint(1) NOT NULL DEFAULT 1, uuid varchar(40) CHARACTER SET ascii NOT NULL UNIQUE, timestamp int NOT NULL DEFAULT 0, deleted tinyint(1) NOT NULL DEFAULT 0, first_seen bigint, INDEX (event_id), INDEX v1 (value1(255)));
CREATE TABLE tags (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, name varchar(255) NOT NULL UNIQUE, colour varchar(7) NOT NULL);
CREATE TABLE event_tags (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, event_id int NOT NULL, tag_id int NOT NULL) CHARACTER SET latin1;
CREATE TABLE attachment_scans (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, type varchar(40) NOT NULL, malware_name varchar(191), timestamp int NOT NULL);
CREATE TABLE logs (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, title text, created datetime NOT NULL, `change` mediumblob, ip varbinary(16));
INSERT INTO organisations (uuid, name, local) VALUES (UUID(), 'ORG ü', 1), (UUID(), 'partner', 0);
INSERT INTO events (uuid, org_id, orgc_id, info, date, timestamp, published) SELECT UUID(), 1, 1 + seq % 2, CONCAT('event ', seq, ' 😀'), '2026-01-01' + INTERVAL seq DAY, 1700000000 + seq, seq % 3 = 0 FROM seq_1_to_200;
INSERT INTO attributes (event_id, category, type, value1, value2, uuid, timestamp, first_seen) SELECT 1 + seq % 200, 'Network activity', IF(seq % 5, 'ip-dst', 'malware-sample'), CONCAT('192.0.', seq DIV 256 % 256, '.', seq % 256), IF(seq % 5, '', MD5(seq)), UUID(), 1700000000 + seq, IF(seq % 7, NULL, seq * 1000000) FROM seq_1_to_5000;
INSERT INTO tags (name, colour) VALUES ('tlp:red', '#CC0033'), ('tlp:clear', '#FFFFFF');
INSERT INTO event_tags (event_id, tag_id) SELECT seq, 1 + seq % 2 FROM seq_1_to_200;
INSERT INTO logs (title, created, `change`, ip) SELECT CONCAT('log ', seq), '2026-01-01 00:00:00', UNHEX(CONCAT(SHA2(seq, 512), SHA2(-seq, 512))), INET6_ATON('2001:db8::1') FROM seq_1_to_30000;
DELETE FROM events WHERE id = 200;
