@types
CREATE TABLE country (code char(2) PRIMARY KEY, name varchar(40) NOT NULL);
CREATE TABLE org (org_uuid @uuid PRIMARY KEY, name varchar(40) NOT NULL UNIQUE, country_code char(2) REFERENCES country (code), above @uuid REFERENCES org (org_uuid));
CREATE TABLE person (id @id, org_uuid @uuid NOT NULL REFERENCES org (org_uuid), name varchar(40) NOT NULL, grade @enum, twice int GENERATED ALWAYS AS (size * 2) STORED, size int, UNIQUE (org_uuid, name));
CREATE TABLE about (person_id int PRIMARY KEY REFERENCES person (id), words varchar(200));
CREATE TABLE tag (id @id, name varchar(40) NOT NULL UNIQUE);
CREATE TABLE person_tag (person_id int NOT NULL REFERENCES person (id), tag_id int NOT NULL REFERENCES tag (id), since @time NOT NULL, PRIMARY KEY (person_id, tag_id));
CREATE TABLE score (person_id int NOT NULL REFERENCES person (id), round int NOT NULL, points int, PRIMARY KEY (person_id, round));
CREATE TABLE item (id @id, name varchar(40) NOT NULL UNIQUE, tag_id int NOT NULL DEFAULT 0, person_id int NOT NULL);
CREATE TABLE grid (x int NOT NULL, y int NOT NULL, PRIMARY KEY (x, y));
CREATE TABLE loose (a int, b int);
CREATE VIEW people AS SELECT name FROM person;
@more
