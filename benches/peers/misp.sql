-- What an expert would write to carry a MISP into another one by the rules of its pull, audience community: files of the source, then
-- staging tables, maps of ids and set-based statements on the target. @FOLDER@ is a folder that both servers reach, @HOST@ the uuid of
-- the receiving organisation. What `rows` of misp.py does not make (sharing groups, reports, sightings, files, blocklists with rows) is
-- left out here and is looked at by gapsync.
SELECT o.uuid, name, date_created, date_modified, description, type, nationality, sector, contacts FROM organisations o
    WHERE id IN (SELECT orgc_id FROM events) INTO OUTFILE '@FOLDER@/organisations.tsv';
SELECT id, name, colour FROM tags WHERE exportable = 1 AND local_only = 0
    AND (id IN (SELECT tag_id FROM event_tags) OR id IN (SELECT tag_id FROM attribute_tags)) INTO OUTFILE '@FOLDER@/tags.tsv';
SELECT e.id, e.uuid, o.uuid, date, info, published, analysis, timestamp, ELT(distribution, 0, 1, 3), t.name, publish_timestamp,
    disable_correlation, extends_uuid FROM events e JOIN organisations o ON o.id = orgc_id JOIN threat_levels t ON t.id = threat_level_id
    WHERE published = 1 AND protected = 0 AND distribution IN (1, 2, 3) INTO OUTFILE '@FOLDER@/events.tsv';
SELECT x.id, x.uuid, x.event_id, name, `meta-category`, description, template_uuid, template_version, x.timestamp,
    ELT(x.distribution, 0, 1, 3, 4, 5), comment, deleted, first_seen, last_seen FROM objects x JOIN events e ON e.id = x.event_id
    WHERE x.distribution IN (1, 2, 3, 5) AND e.published = 1 AND e.protected = 0 AND e.distribution IN (1, 2, 3)
    INTO OUTFILE '@FOLDER@/objects.tsv';
SELECT a.id, a.uuid, a.event_id, a.object_id, object_relation, category, type, value1, value2, to_ids, a.timestamp,
    ELT(a.distribution, 0, 1, 3, 4, 5), comment, deleted, a.disable_correlation, first_seen, last_seen
    FROM attributes a JOIN events e ON e.id = a.event_id
    WHERE a.distribution IN (1, 2, 3, 5) AND e.published = 1 AND e.protected = 0 AND e.distribution IN (1, 2, 3)
    INTO OUTFILE '@FOLDER@/attributes.tsv';
SELECT event_id, tag_id, relationship_type FROM event_tags l JOIN events e ON e.id = event_id
    WHERE l.local = 0 AND e.published = 1 AND e.protected = 0 AND e.distribution IN (1, 2, 3) INTO OUTFILE '@FOLDER@/event_tags.tsv';
SELECT attribute_id, event_id, tag_id, relationship_type FROM attribute_tags l JOIN events e ON e.id = event_id
    WHERE l.local = 0 AND e.published = 1 AND e.protected = 0 AND e.distribution IN (1, 2, 3) INTO OUTFILE '@FOLDER@/attribute_tags.tsv';

-- The target.
CREATE TABLE s_organisations (uuid varchar(40) PRIMARY KEY, name varchar(255), date_created datetime, date_modified datetime, description text,
    type varchar(255), nationality varchar(255), sector varchar(255), contacts varchar(255)) DEFAULT CHARSET utf8mb3 COLLATE utf8mb3_bin;
CREATE TABLE s_tags (id int PRIMARY KEY, name varchar(255), colour varchar(255)) DEFAULT CHARSET utf8mb3 COLLATE utf8mb3_bin;
CREATE TABLE s_events (id int PRIMARY KEY, uuid varchar(40), orgc varchar(40), date date, info text, published tinyint, analysis tinyint,
    timestamp int, distribution tinyint, threat_level varchar(255), publish_timestamp int, disable_correlation tinyint,
    extends_uuid varchar(40)) DEFAULT CHARSET utf8mb3 COLLATE utf8mb3_bin;
CREATE TABLE s_objects (id int PRIMARY KEY, uuid varchar(40), event_id int, name varchar(255), `meta-category` varchar(255), description text,
    template_uuid varchar(40), template_version int, timestamp int, distribution tinyint, comment text, deleted tinyint, first_seen bigint,
    last_seen bigint) DEFAULT CHARSET utf8mb3 COLLATE utf8mb3_bin;
CREATE TABLE s_attributes (id int PRIMARY KEY, uuid varchar(40), event_id int, object_id int, object_relation varchar(255),
    category varchar(255), type varchar(255), value1 text, value2 text, to_ids tinyint, timestamp int, distribution tinyint, comment text,
    deleted tinyint, disable_correlation tinyint, first_seen bigint, last_seen bigint) DEFAULT CHARSET utf8mb3 COLLATE utf8mb3_bin;
CREATE TABLE s_event_tags (event_id int, tag_id int, relationship_type varchar(255)) DEFAULT CHARSET utf8mb3 COLLATE utf8mb3_bin;
CREATE TABLE s_attribute_tags (attribute_id int, event_id int, tag_id int, relationship_type varchar(255))
    DEFAULT CHARSET utf8mb3 COLLATE utf8mb3_bin;
LOAD DATA INFILE '@FOLDER@/organisations.tsv' INTO TABLE s_organisations;
LOAD DATA INFILE '@FOLDER@/tags.tsv' INTO TABLE s_tags;
LOAD DATA INFILE '@FOLDER@/events.tsv' INTO TABLE s_events;
LOAD DATA INFILE '@FOLDER@/objects.tsv' INTO TABLE s_objects;
LOAD DATA INFILE '@FOLDER@/attributes.tsv' INTO TABLE s_attributes;
LOAD DATA INFILE '@FOLDER@/event_tags.tsv' INTO TABLE s_event_tags;
LOAD DATA INFILE '@FOLDER@/attribute_tags.tsv' INTO TABLE s_attribute_tags;
CREATE TABLE m_tags (source int PRIMARY KEY, target int);
CREATE TABLE m_events (source int PRIMARY KEY, target int);
CREATE TABLE m_objects (source int PRIMARY KEY, target int);
CREATE TABLE m_attributes (source int PRIMARY KEY, target int);

START TRANSACTION;
SET @host = (SELECT id FROM organisations WHERE uuid = '@HOST@');
INSERT INTO organisations (name, date_created, date_modified, description, type, nationality, sector, created_by, uuid, contacts, local)
    SELECT s.name, s.date_created, s.date_modified, s.description, s.type, s.nationality, s.sector, 0, s.uuid, s.contacts, 0
    FROM s_organisations s LEFT JOIN organisations t ON t.uuid = s.uuid
    WHERE t.id IS NULL AND s.uuid NOT IN (SELECT org_uuid FROM org_blocklists);
INSERT INTO threat_levels (name, form_description) SELECT DISTINCT s.threat_level, '' FROM s_events s
    LEFT JOIN threat_levels t ON t.name = s.threat_level WHERE t.id IS NULL;
INSERT INTO tags (name, colour, exportable, org_id, user_id, hide_tag) SELECT s.name, s.colour, 1, 0, 0, 0 FROM s_tags s
    LEFT JOIN (SELECT LOWER(name) AS name FROM tags) t ON t.name = LOWER(s.name) WHERE t.name IS NULL;
INSERT INTO m_tags SELECT s.id, MIN(t.id) FROM s_tags s JOIN (SELECT id, LOWER(name) AS name FROM tags) t ON t.name = LOWER(s.name) GROUP BY s.id;
UPDATE events t JOIN s_events s ON s.uuid = t.uuid JOIN threat_levels l ON l.name = s.threat_level
    SET t.date = s.date, t.info = s.info, t.analysis = s.analysis, t.timestamp = s.timestamp, t.distribution = s.distribution,
        t.published = s.published, t.threat_level_id = l.id, t.disable_correlation = s.disable_correlation, t.extends_uuid = s.extends_uuid
    WHERE t.locked = 1 AND s.timestamp > t.timestamp;
INSERT INTO events (org_id, date, info, user_id, uuid, published, analysis, attribute_count, orgc_id, timestamp, distribution, sharing_group_id,
    proposal_email_lock, locked, threat_level_id, publish_timestamp, sighting_timestamp, disable_correlation, extends_uuid, protected)
    SELECT @host, s.date, s.info, 0, s.uuid, s.published, s.analysis, 0, o.id, s.timestamp, s.distribution, 0, 0, 1, l.id, s.publish_timestamp, 0,
        s.disable_correlation, s.extends_uuid, NULL
    FROM s_events s JOIN organisations o ON o.uuid = s.orgc JOIN threat_levels l ON l.name = s.threat_level LEFT JOIN events t ON t.uuid = s.uuid
    WHERE t.id IS NULL AND s.uuid NOT IN (SELECT event_uuid FROM event_blocklists);
INSERT INTO m_events SELECT s.id, t.id FROM s_events s JOIN events t ON t.uuid = s.uuid WHERE t.locked = 1;
UPDATE objects t JOIN s_objects s ON s.uuid = t.uuid JOIN m_events m ON m.source = s.event_id
    SET t.name = s.name, t.`meta-category` = s.`meta-category`, t.description = s.description, t.template_uuid = s.template_uuid,
        t.template_version = s.template_version, t.timestamp = s.timestamp, t.distribution = s.distribution, t.comment = s.comment,
        t.deleted = s.deleted, t.first_seen = s.first_seen, t.last_seen = s.last_seen
    WHERE s.timestamp > t.timestamp;
INSERT INTO objects (name, `meta-category`, description, template_uuid, template_version, event_id, uuid, timestamp, distribution,
    sharing_group_id, comment, deleted, first_seen, last_seen)
    SELECT s.name, s.`meta-category`, s.description, s.template_uuid, s.template_version, m.target, s.uuid, s.timestamp, s.distribution, NULL,
        s.comment, s.deleted, s.first_seen, s.last_seen
    FROM s_objects s JOIN m_events m ON m.source = s.event_id LEFT JOIN objects t ON t.uuid = s.uuid WHERE t.id IS NULL ORDER BY s.id;
INSERT INTO m_objects SELECT s.id, t.id FROM s_objects s JOIN objects t ON t.uuid = s.uuid;
UPDATE attributes t JOIN s_attributes s ON s.uuid = t.uuid JOIN m_events m ON m.source = s.event_id
    SET t.object_relation = s.object_relation, t.category = s.category, t.type = s.type, t.value1 = s.value1, t.value2 = s.value2,
        t.to_ids = s.to_ids, t.timestamp = s.timestamp, t.distribution = s.distribution, t.comment = s.comment, t.deleted = s.deleted,
        t.disable_correlation = s.disable_correlation, t.first_seen = s.first_seen, t.last_seen = s.last_seen
    WHERE s.timestamp > t.timestamp;
INSERT INTO attributes (event_id, object_id, object_relation, category, type, value1, value2, to_ids, uuid, timestamp, distribution,
    sharing_group_id, comment, deleted, disable_correlation, first_seen, last_seen)
    SELECT m.target, IFNULL(x.target, 0), s.object_relation, s.category, s.type, s.value1, s.value2, s.to_ids, s.uuid, s.timestamp,
        s.distribution, 0, s.comment, s.deleted, s.disable_correlation, s.first_seen, s.last_seen
    FROM s_attributes s JOIN m_events m ON m.source = s.event_id LEFT JOIN m_objects x ON x.source = s.object_id
        LEFT JOIN attributes t ON t.uuid = s.uuid WHERE t.id IS NULL ORDER BY s.id;
INSERT INTO m_attributes SELECT s.id, t.id FROM s_attributes s JOIN attributes t ON t.uuid = s.uuid;
INSERT INTO event_tags (event_id, tag_id, local, relationship_type)
    SELECT DISTINCT m.target, g.target, 0, s.relationship_type
    FROM s_event_tags s JOIN m_events m ON m.source = s.event_id JOIN m_tags g ON g.source = s.tag_id
        LEFT JOIN event_tags t ON t.event_id = m.target AND t.tag_id = g.target WHERE t.id IS NULL;
INSERT INTO attribute_tags (attribute_id, event_id, tag_id, local, relationship_type)
    SELECT DISTINCT a.target, m.target, g.target, 0, s.relationship_type
    FROM s_attribute_tags s JOIN m_attributes a ON a.source = s.attribute_id JOIN m_events m ON m.source = s.event_id
        JOIN m_tags g ON g.source = s.tag_id
        LEFT JOIN attribute_tags t ON t.attribute_id = a.target AND t.tag_id = g.target WHERE t.id IS NULL;
UPDATE events t JOIN (SELECT event_id, COUNT(*) AS found FROM attributes JOIN m_events m ON m.target = event_id WHERE deleted = 0 GROUP BY event_id) c
    ON c.event_id = t.id SET t.attribute_count = c.found;
COMMIT;
DROP TABLE s_organisations, s_tags, s_events, s_objects, s_attributes, s_event_tags, s_attribute_tags, m_tags, m_events, m_objects, m_attributes;
