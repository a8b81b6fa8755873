-- A database that holds everything: types with their odd values, tables that need one another, and what has no rows.
SET NAMES utf8mb4;
SET time_zone = '+00:00';
SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES';
CREATE DATABASE `whole one` CHARACTER SET latin1 COLLATE latin1_swedish_ci COMMENT 'all of ''it';
USE `whole one`;
CREATE TABLE `odd ``types` (
  id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  tiny tinyint, yes tinyint(1) zerofill, big bigint, exact decimal(65,30), single float, many double, few float(7,3),
  bits bit(13), one bit(1), y year, d date, t time(6), dt datetime(6), ts timestamp(6) NULL,
  c char(5) CHARACTER SET utf8mb4, v varchar(300) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, l varchar(20) CHARACTER SET latin1,
  u varchar(20) CHARACTER SET utf16, w varchar(20) CHARACTER SET ucs2, s text CHARACTER SET sjis,
  b binary(4), vb varbinary(300), blo longblob, j json, e enum('a','','ü,\'x'), st set('x','y z','ü'), g geometry, p point,
  six inet6, four inet4, uu uuid,
  made int AS (tiny + 1) VIRTUAL, kept varchar(20) AS (CONCAT(l, '!')) STORED, hidden int INVISIBLE DEFAULT 7,
  CONSTRAINT sane CHECK (tiny < 100)
) AUTO_INCREMENT = 4711;
INSERT INTO `odd ``types` (id, tiny) VALUES (0, NULL);
INSERT INTO `odd ``types` (id, tiny, yes, big, exact, single, many, few, bits, one, y, d, t, dt, ts, c, v, l, u, w, s, b, vb, blo, j, e, st, g, p, six, four, uu, hidden)
VALUES
 (1, -128, 7, -9223372036854775808, 12345678901234567890123456789012345.123456789012345678901234567891, 0.1, 0.1, 1.5, b'1000000000001', b'1', 0,
  '0000-00-00', '-838:59:59.999999', '2020-02-31 23:59:59.999999', '1970-01-01 00:00:01.000001', 'a\tb\n', 'tab\tline\nback\\slash\r\0\Z''"😀',
  'é', '😀a', 'ü', 'テスト', x'00', x'00095c0a0dff', REPEAT(x'00ff5c09', 1000), '{"a": [1, "\\n"]}', 'ü,''x', 'x,ü',
  ST_GeomFromText('POLYGON((0 0,1 0,1 1,0 0))'), POINT(1.5, -2.25), '2001:db8::ff', '10.1.2.3', '123e4567-e89b-12d3-a456-426655440000', NULL),
 (18446744073709551614, 99, 1, 9223372036854775807, -0.000000000000000000000000000001, 3.4028235e38, 1.7976931348623157e308, -999.999, b'0', b'0', 2155,
  '9999-12-31', '00:00:00', '0000-00-00 00:00:00', '2038-01-19 03:14:07.999999', '', '\\N', '', '', '', '', '', '', '', 'null', '', '',
  ST_GeomFromText('GEOMETRYCOLLECTION EMPTY'), NULL, '::', '0.0.0.0', '00000000-0000-0000-0000-000000000000', 8);
-- What a later check does not allow stays as it is.
SET check_constraint_checks = 0;
INSERT INTO `odd ``types` (id, tiny, single, many) VALUES (2, 127, 16777217, 2.2250738585072014e-308);
SET check_constraint_checks = 1;
CREATE TABLE parent (id int PRIMARY KEY, code varchar(20) NOT NULL UNIQUE) CHARACTER SET utf8mb4;
CREATE TABLE child (
  id int AUTO_INCREMENT PRIMARY KEY, parent int NOT NULL, up int, KEY (parent),
  CONSTRAINT `to parent` FOREIGN KEY (parent) REFERENCES parent (id) ON DELETE CASCADE ON UPDATE SET DEFAULT,
  CONSTRAINT up FOREIGN KEY (up) REFERENCES child (id)
);
INSERT INTO parent VALUES (1, 'one'), (2, 'two'), (-3, 'three');
INSERT INTO child VALUES (5, 1, 5), (6, -3, 5), (9, 2, NULL);
DELETE FROM child WHERE id = 9;
CREATE TABLE big (id int PRIMARY KEY, filler varchar(2000), h varbinary(64), FULLTEXT (filler)) PARTITION BY HASH (id) PARTITIONS 1;
DROP TABLE big;
CREATE TABLE big (id int PRIMARY KEY, filler varchar(1500), h varbinary(32));
INSERT INTO big SELECT seq * 7, REPEAT(MD5(seq), 40), UNHEX(SHA2(seq, 256)) FROM seq_1_to_15000;
-- The largest table comes first in a bundle, by what the server knows of sizes, which it counts at some later time.
ANALYZE TABLE big;
CREATE TABLE parts (id int, y int, KEY (id)) PARTITION BY RANGE (y) (PARTITION a VALUES LESS THAN (2000), PARTITION b VALUES LESS THAN MAXVALUE);
INSERT INTO parts VALUES (1, 1999), (2, 2001), (2, 2001);
CREATE TABLE nothing (id int PRIMARY KEY);
CREATE SEQUENCE numbers START WITH 10 INCREMENT BY 5 MAXVALUE 1000 CYCLE CACHE 3;
DO NEXTVAL(numbers);
CREATE TABLE log (id int DEFAULT NEXTVAL(numbers), what text);
-- Views of which the first needs the last.
CREATE VIEW b AS SELECT id AS x FROM parent;
CREATE ALGORITHM = MERGE DEFINER = `nobody`@`nowhere` SQL SECURITY INVOKER VIEW a AS SELECT x FROM b WHERE x > 0 WITH CHECK OPTION;
DROP VIEW b;
CREATE VIEW z AS SELECT p.id AS x, c.id AS y FROM parent p JOIN child c ON c.parent = p.id;
CREATE VIEW b AS SELECT x FROM z;
DELIMITER //
SET sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT' //
CREATE FUNCTION twice(v int) RETURNS varchar(20) DETERMINISTIC COMMENT 'it''s two' BEGIN RETURN 'a' || v * 2; END //
SET sql_mode = 'NO_BACKSLASH_ESCAPES' //
CREATE PROCEDURE add_one(IN v int, OUT r text) MODIFIES SQL DATA BEGIN INSERT INTO log (what) VALUES (CONCAT('\', v, ';')); SET r = 'ü'; END //
SET sql_mode = DEFAULT //
CREATE TRIGGER second BEFORE INSERT ON child FOR EACH ROW SET @order = CONCAT(@order, '2') //
CREATE TRIGGER first BEFORE INSERT ON child FOR EACH ROW PRECEDES second SET @order = '1' //
CREATE TRIGGER noted AFTER DELETE ON parent FOR EACH ROW BEGIN INSERT INTO log (what) VALUES (OLD.code); END //
SET time_zone = '+05:30' //
CREATE EVENT wakes ON SCHEDULE EVERY 1 DAY STARTS '2037-01-01 00:00:00' ON COMPLETION PRESERVE ENABLE COMMENT 'at night' DO BEGIN DELETE FROM log; END //
CREATE EVENT sleeps ON SCHEDULE AT '2037-01-01 00:00:00' DISABLE DO SELECT 1 //
DELIMITER ;
ALTER DATABASE `whole one` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
