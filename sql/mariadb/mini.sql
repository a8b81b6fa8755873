-- The `mini` profile's tables for MariaDB, for an empty database: mariadb --database=gapsync < sql/mariadb/mini.sql
-- Written by `gapsync schema` from the profile and the description of its columns; do not edit by hand.

SET NAMES utf8mb4;

CREATE TABLE `kinds` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `name` varchar(255) NOT NULL,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`name`),
    KEY (`updated_at`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `people` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `email` varchar(255) NOT NULL,
    `name` varchar(255),
    `role` varchar(50) NOT NULL DEFAULT 'reader',
    `secret` varchar(255),
    `manager_id` bigint,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`email`),
    KEY (`manager_id`),
    KEY (`updated_at`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `labels` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `name` varchar(255) NOT NULL,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`name`),
    KEY (`updated_at`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `origins` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `type` varchar(50) NOT NULL,
    `name` varchar(255) NOT NULL,
    `reference_id` bigint,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`type`, `name`),
    KEY (`type`, `reference_id`),
    KEY (`updated_at`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `things` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `kind_id` bigint NOT NULL,
    `value` longtext NOT NULL,
    `description` longtext,
    `notes` longtext,
    `n` bigint,
    `small` int,
    `amount` decimal(30,10),
    `ratio` double,
    `flag` tinyint(1),
    `raw` longblob,
    `day` date,
    `clock` time(6),
    `moment` datetime(6),
    `doc` json,
    `ref` uuid,
    `serial` varchar(20) UNIQUE,
    `short` varchar(10),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    KEY (`kind_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`kind_id`) REFERENCES `kinds` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `samples` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `uuid` uuid NOT NULL,
    `kind_id` bigint,
    `title` varchar(255),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`uuid`),
    KEY (`kind_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`kind_id`) REFERENCES `kinds` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `thing_sources` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `thing_id` bigint NOT NULL,
    `origin_id` bigint NOT NULL,
    `second_origin_id` bigint,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`thing_id`, `origin_id`),
    KEY (`origin_id`),
    KEY (`second_origin_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`thing_id`) REFERENCES `things` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`origin_id`) REFERENCES `origins` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`second_origin_id`) REFERENCES `origins` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `thing_notes` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `thing_id` bigint NOT NULL,
    `moment` datetime(6) NOT NULL,
    `level` bigint,
    `value` longtext,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`thing_id`, `moment`, `level`),
    KEY (`updated_at`),
    FOREIGN KEY (`thing_id`) REFERENCES `things` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `cases` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `uuid` uuid NOT NULL,
    `title` varchar(255),
    `description` longtext,
    `owner_id` bigint NOT NULL,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`uuid`),
    KEY (`owner_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`owner_id`) REFERENCES `people` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `settings` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `area` varchar(50) NOT NULL,
    `name` varchar(255) NOT NULL,
    `value` longtext,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    UNIQUE KEY (`area`, `name`),
    KEY (`updated_at`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `papers` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `digest` varchar(32) NOT NULL,
    `name` varchar(255) NOT NULL,
    `path` longtext,
    `type_id` bigint,
    `description` longtext,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`digest`, `name`),
    KEY (`type_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`type_id`) REFERENCES `kinds` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `places` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `code` varchar(40) NOT NULL,
    `description` longtext,
    `parent_id` bigint,
    `capital_id` bigint,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`code`),
    KEY (`parent_id`),
    KEY (`capital_id`),
    KEY (`updated_at`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `cities` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `place_id` bigint NOT NULL,
    `name` varchar(255) NOT NULL,
    `twin_id` bigint,
    `description` longtext,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`place_id`, `name`),
    KEY (`twin_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`place_id`) REFERENCES `places` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `links` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `src_type` varchar(50) NOT NULL,
    `src_object_id` bigint NOT NULL,
    `dest_type` varchar(50) NOT NULL,
    `dest_object_id` bigint NOT NULL,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    KEY (`src_type`, `src_object_id`),
    KEY (`dest_type`, `dest_object_id`),
    KEY (`updated_at`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `link_notes` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `link_id` bigint NOT NULL,
    `value` longtext NOT NULL,
    `level` bigint,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    KEY (`link_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`link_id`) REFERENCES `links` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `labelled` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `label_id` bigint NOT NULL,
    `object_type` varchar(50) NOT NULL,
    `object_id` bigint NOT NULL,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`label_id`, `object_type`, `object_id`),
    KEY (`object_type`, `object_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`label_id`) REFERENCES `labels` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `case_items` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `case_id` bigint NOT NULL,
    `object_type` varchar(50) NOT NULL,
    `object_id` bigint NOT NULL,
    `x` double,
    `y` double,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`case_id`, `object_type`, `object_id`),
    KEY (`object_type`, `object_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`case_id`) REFERENCES `cases` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

ALTER TABLE `people` ADD FOREIGN KEY (`manager_id`) REFERENCES `people` (`id`) ON DELETE RESTRICT;
ALTER TABLE `places` ADD FOREIGN KEY (`parent_id`) REFERENCES `places` (`id`) ON DELETE RESTRICT;
ALTER TABLE `places` ADD FOREIGN KEY (`capital_id`) REFERENCES `cities` (`id`) ON DELETE RESTRICT;
ALTER TABLE `cities` ADD FOREIGN KEY (`twin_id`) REFERENCES `cities` (`id`) ON DELETE RESTRICT;

-- A statement that supplies a hash keeps it; else it is computed when the row is new or its key changes. When a hash
-- changes, the rows whose key refers to the row lose theirs, so that their own triggers compute it anew.

DELIMITER //

CREATE TRIGGER `kinds_hash_insert` BEFORE INSERT ON `kinds` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`name` USING utf8mb4)), ':', CONVERT(NEW.`name` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `kinds_hash_update` BEFORE UPDATE ON `kinds` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`name` <=> OLD.`name`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`name` USING utf8mb4)), ':', CONVERT(NEW.`name` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `kinds_hash_cascade` AFTER UPDATE ON `kinds` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `things` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `kind_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `people_hash_insert` BEFORE INSERT ON `people` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`email` USING utf8mb4)), ':', CONVERT(NEW.`email` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `people_hash_update` BEFORE UPDATE ON `people` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`email` <=> OLD.`email`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`email` USING utf8mb4)), ':', CONVERT(NEW.`email` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `labels_hash_insert` BEFORE INSERT ON `labels` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`name` USING utf8mb4)), ':', CONVERT(NEW.`name` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `labels_hash_update` BEFORE UPDATE ON `labels` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`name` <=> OLD.`name`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`name` USING utf8mb4)), ':', CONVERT(NEW.`name` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `labels_hash_cascade` AFTER UPDATE ON `labels` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `labelled` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `label_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `origins_hash_insert` BEFORE INSERT ON `origins` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(coalesce(concat(length(CONVERT(NEW.`type` USING utf8mb4)), ':', CONVERT(NEW.`type` USING utf8mb4)), '-'), coalesce(concat(length(CONVERT(NEW.`name` USING utf8mb4)), ':', CONVERT(NEW.`name` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `origins_hash_update` BEFORE UPDATE ON `origins` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`type` <=> OLD.`type` AND NEW.`name` <=> OLD.`name`)) THEN
        SET NEW.`sync_hash` = md5(concat(coalesce(concat(length(CONVERT(NEW.`type` USING utf8mb4)), ':', CONVERT(NEW.`type` USING utf8mb4)), '-'), coalesce(concat(length(CONVERT(NEW.`name` USING utf8mb4)), ':', CONVERT(NEW.`name` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `origins_hash_cascade` AFTER UPDATE ON `origins` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `thing_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `origin_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `things_hash_insert` BEFORE INSERT ON `things` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`kind_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `kinds` AS gs_p WHERE gs_p.`id` = NEW.`kind_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `things_hash_update` BEFORE UPDATE ON `things` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`kind_id` <=> OLD.`kind_id` AND NEW.`value` <=> OLD.`value`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`kind_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `kinds` AS gs_p WHERE gs_p.`id` = NEW.`kind_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `things_hash_cascade` AFTER UPDATE ON `things` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `thing_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `thing_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `thing_notes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `thing_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `src_type` = 'thing' AND `src_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `dest_type` = 'thing' AND `dest_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `labelled` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'thing' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `case_items` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'thing' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `samples_hash_insert` BEFORE INSERT ON `samples` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `samples_hash_update` BEFORE UPDATE ON `samples` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`uuid` <=> OLD.`uuid`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `samples_hash_cascade` AFTER UPDATE ON `samples` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `src_type` = 'sample' AND `src_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `dest_type` = 'sample' AND `dest_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `labelled` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'sample' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `case_items` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'sample' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `thing_sources_hash_insert` BEFORE INSERT ON `thing_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`thing_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `things` AS gs_p WHERE gs_p.`id` = NEW.`thing_id`) USING utf8mb4)) END, CASE WHEN NEW.`origin_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `origins` AS gs_p WHERE gs_p.`id` = NEW.`origin_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `thing_sources_hash_update` BEFORE UPDATE ON `thing_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`thing_id` <=> OLD.`thing_id` AND NEW.`origin_id` <=> OLD.`origin_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`thing_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `things` AS gs_p WHERE gs_p.`id` = NEW.`thing_id`) USING utf8mb4)) END, CASE WHEN NEW.`origin_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `origins` AS gs_p WHERE gs_p.`id` = NEW.`origin_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `thing_notes_hash_insert` BEFORE INSERT ON `thing_notes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`thing_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `things` AS gs_p WHERE gs_p.`id` = NEW.`thing_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(date_format(NEW.`moment`, '%Y-%m-%d %H:%i:%s.%f') USING utf8mb4)), ':', CONVERT(date_format(NEW.`moment`, '%Y-%m-%d %H:%i:%s.%f') USING utf8mb4)), '-'), coalesce(concat(length(CONVERT((NEW.`level` + 0) USING utf8mb4)), ':', CONVERT((NEW.`level` + 0) USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `thing_notes_hash_update` BEFORE UPDATE ON `thing_notes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`thing_id` <=> OLD.`thing_id` AND NEW.`moment` <=> OLD.`moment` AND NEW.`level` <=> OLD.`level`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`thing_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `things` AS gs_p WHERE gs_p.`id` = NEW.`thing_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(date_format(NEW.`moment`, '%Y-%m-%d %H:%i:%s.%f') USING utf8mb4)), ':', CONVERT(date_format(NEW.`moment`, '%Y-%m-%d %H:%i:%s.%f') USING utf8mb4)), '-'), coalesce(concat(length(CONVERT((NEW.`level` + 0) USING utf8mb4)), ':', CONVERT((NEW.`level` + 0) USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `cases_hash_insert` BEFORE INSERT ON `cases` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `cases_hash_update` BEFORE UPDATE ON `cases` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`uuid` <=> OLD.`uuid`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `cases_hash_cascade` AFTER UPDATE ON `cases` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `case_items` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `case_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `papers_hash_insert` BEFORE INSERT ON `papers` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(coalesce(concat(length(CONVERT(NEW.`digest` USING utf8mb4)), ':', CONVERT(NEW.`digest` USING utf8mb4)), '-'), coalesce(concat(length(CONVERT(NEW.`name` USING utf8mb4)), ':', CONVERT(NEW.`name` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `papers_hash_update` BEFORE UPDATE ON `papers` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`digest` <=> OLD.`digest` AND NEW.`name` <=> OLD.`name`)) THEN
        SET NEW.`sync_hash` = md5(concat(coalesce(concat(length(CONVERT(NEW.`digest` USING utf8mb4)), ':', CONVERT(NEW.`digest` USING utf8mb4)), '-'), coalesce(concat(length(CONVERT(NEW.`name` USING utf8mb4)), ':', CONVERT(NEW.`name` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `places_hash_insert` BEFORE INSERT ON `places` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`code` USING utf8mb4)), ':', CONVERT(NEW.`code` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `places_hash_update` BEFORE UPDATE ON `places` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`code` <=> OLD.`code`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`code` USING utf8mb4)), ':', CONVERT(NEW.`code` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `places_hash_cascade` AFTER UPDATE ON `places` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `cities` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `place_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `src_type` = 'place' AND `src_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `dest_type` = 'place' AND `dest_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `labelled` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'place' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `case_items` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'place' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `cities_hash_insert` BEFORE INSERT ON `cities` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`place_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `places` AS gs_p WHERE gs_p.`id` = NEW.`place_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`name` USING utf8mb4)), ':', CONVERT(NEW.`name` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `cities_hash_update` BEFORE UPDATE ON `cities` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`place_id` <=> OLD.`place_id` AND NEW.`name` <=> OLD.`name`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`place_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `places` AS gs_p WHERE gs_p.`id` = NEW.`place_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`name` USING utf8mb4)), ':', CONVERT(NEW.`name` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `cities_hash_cascade` AFTER UPDATE ON `cities` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `src_type` = 'city' AND `src_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `dest_type` = 'city' AND `dest_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `labelled` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'city' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `case_items` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'city' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `links_hash_insert` BEFORE INSERT ON `links` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(substr(least(CASE NEW.`src_type` WHEN 'city' THEN concat('0004:city', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `cities` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'place' THEN concat('0015:place', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `places` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'sample' THEN concat('0026:sample', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `samples` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'thing' THEN concat('0035:thing', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `things` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) END COLLATE utf8mb4_bin, CASE NEW.`dest_type` WHEN 'city' THEN concat('0004:city', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `cities` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'place' THEN concat('0015:place', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `places` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'sample' THEN concat('0026:sample', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `samples` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'thing' THEN concat('0035:thing', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `things` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) END COLLATE utf8mb4_bin), 4), substr(greatest(CASE NEW.`src_type` WHEN 'city' THEN concat('0004:city', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `cities` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'place' THEN concat('0015:place', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `places` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'sample' THEN concat('0026:sample', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `samples` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'thing' THEN concat('0035:thing', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `things` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) END COLLATE utf8mb4_bin, CASE NEW.`dest_type` WHEN 'city' THEN concat('0004:city', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `cities` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'place' THEN concat('0015:place', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `places` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'sample' THEN concat('0026:sample', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `samples` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'thing' THEN concat('0035:thing', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `things` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) END COLLATE utf8mb4_bin), 4)));
    END IF;
END//

CREATE TRIGGER `links_hash_update` BEFORE UPDATE ON `links` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`src_type` <=> OLD.`src_type` AND NEW.`src_object_id` <=> OLD.`src_object_id` AND NEW.`dest_type` <=> OLD.`dest_type` AND NEW.`dest_object_id` <=> OLD.`dest_object_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(substr(least(CASE NEW.`src_type` WHEN 'city' THEN concat('0004:city', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `cities` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'place' THEN concat('0015:place', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `places` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'sample' THEN concat('0026:sample', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `samples` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'thing' THEN concat('0035:thing', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `things` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) END COLLATE utf8mb4_bin, CASE NEW.`dest_type` WHEN 'city' THEN concat('0004:city', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `cities` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'place' THEN concat('0015:place', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `places` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'sample' THEN concat('0026:sample', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `samples` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'thing' THEN concat('0035:thing', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `things` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) END COLLATE utf8mb4_bin), 4), substr(greatest(CASE NEW.`src_type` WHEN 'city' THEN concat('0004:city', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `cities` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'place' THEN concat('0015:place', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `places` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'sample' THEN concat('0026:sample', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `samples` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'thing' THEN concat('0035:thing', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `things` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) END COLLATE utf8mb4_bin, CASE NEW.`dest_type` WHEN 'city' THEN concat('0004:city', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `cities` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'place' THEN concat('0015:place', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `places` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'sample' THEN concat('0026:sample', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `samples` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'thing' THEN concat('0035:thing', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `things` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) END COLLATE utf8mb4_bin), 4)));
    END IF;
END//

CREATE TRIGGER `links_hash_cascade` AFTER UPDATE ON `links` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `link_notes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `link_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `link_notes_hash_insert` BEFORE INSERT ON `link_notes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`link_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `links` AS gs_p WHERE gs_p.`id` = NEW.`link_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `link_notes_hash_update` BEFORE UPDATE ON `link_notes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`link_id` <=> OLD.`link_id` AND NEW.`value` <=> OLD.`value`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`link_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `links` AS gs_p WHERE gs_p.`id` = NEW.`link_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `labelled_hash_insert` BEFORE INSERT ON `labelled` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`label_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `labels` AS gs_p WHERE gs_p.`id` = NEW.`label_id`) USING utf8mb4)) END, concat(coalesce(concat(length(CONVERT(NEW.`object_type` USING utf8mb4)), ':', CONVERT(NEW.`object_type` USING utf8mb4)), '-'), CASE WHEN NEW.`object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT(CASE NEW.`object_type` WHEN 'city' THEN (SELECT gs_p.`sync_hash` FROM `cities` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'place' THEN (SELECT gs_p.`sync_hash` FROM `places` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'sample' THEN (SELECT gs_p.`sync_hash` FROM `samples` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'thing' THEN (SELECT gs_p.`sync_hash` FROM `things` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) END USING utf8mb4)) END)));
    END IF;
END//

CREATE TRIGGER `labelled_hash_update` BEFORE UPDATE ON `labelled` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`label_id` <=> OLD.`label_id` AND NEW.`object_type` <=> OLD.`object_type` AND NEW.`object_id` <=> OLD.`object_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`label_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `labels` AS gs_p WHERE gs_p.`id` = NEW.`label_id`) USING utf8mb4)) END, concat(coalesce(concat(length(CONVERT(NEW.`object_type` USING utf8mb4)), ':', CONVERT(NEW.`object_type` USING utf8mb4)), '-'), CASE WHEN NEW.`object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT(CASE NEW.`object_type` WHEN 'city' THEN (SELECT gs_p.`sync_hash` FROM `cities` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'place' THEN (SELECT gs_p.`sync_hash` FROM `places` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'sample' THEN (SELECT gs_p.`sync_hash` FROM `samples` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'thing' THEN (SELECT gs_p.`sync_hash` FROM `things` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) END USING utf8mb4)) END)));
    END IF;
END//

CREATE TRIGGER `case_items_hash_insert` BEFORE INSERT ON `case_items` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`case_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `cases` AS gs_p WHERE gs_p.`id` = NEW.`case_id`) USING utf8mb4)) END, concat(coalesce(concat(length(CONVERT(NEW.`object_type` USING utf8mb4)), ':', CONVERT(NEW.`object_type` USING utf8mb4)), '-'), CASE WHEN NEW.`object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT(CASE NEW.`object_type` WHEN 'city' THEN (SELECT gs_p.`sync_hash` FROM `cities` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'place' THEN (SELECT gs_p.`sync_hash` FROM `places` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'sample' THEN (SELECT gs_p.`sync_hash` FROM `samples` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'thing' THEN (SELECT gs_p.`sync_hash` FROM `things` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) END USING utf8mb4)) END)));
    END IF;
END//

CREATE TRIGGER `case_items_hash_update` BEFORE UPDATE ON `case_items` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`case_id` <=> OLD.`case_id` AND NEW.`object_type` <=> OLD.`object_type` AND NEW.`object_id` <=> OLD.`object_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`case_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `cases` AS gs_p WHERE gs_p.`id` = NEW.`case_id`) USING utf8mb4)) END, concat(coalesce(concat(length(CONVERT(NEW.`object_type` USING utf8mb4)), ':', CONVERT(NEW.`object_type` USING utf8mb4)), '-'), CASE WHEN NEW.`object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT(CASE NEW.`object_type` WHEN 'city' THEN (SELECT gs_p.`sync_hash` FROM `cities` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'place' THEN (SELECT gs_p.`sync_hash` FROM `places` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'sample' THEN (SELECT gs_p.`sync_hash` FROM `samples` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'thing' THEN (SELECT gs_p.`sync_hash` FROM `things` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) END USING utf8mb4)) END)));
    END IF;
END//

DELIMITER ;

-- gapsync's own tables. Can be run again, and on a database of another make.
CREATE TABLE IF NOT EXISTS `synchronizations` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `type` varchar(10) NOT NULL,
    `started_at` datetime(6) NOT NULL,
    `finished_at` datetime(6),
    `config_json` longtext NOT NULL,
    `report_json` longtext,
    `pid` bigint NOT NULL,
    `hash` char(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6))
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
CREATE TABLE IF NOT EXISTS `gapsync_installation` (
    `uuid` varchar(36) NOT NULL PRIMARY KEY,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6))
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
CREATE TABLE IF NOT EXISTS `gapsync_lock` (
    `name` varchar(50) NOT NULL PRIMARY KEY,
    `host` varchar(255) NOT NULL,
    `pid` bigint NOT NULL,
    `token` varchar(36) NOT NULL,
    `acquired_at` datetime(6) NOT NULL,
    `heartbeat` datetime(6) NOT NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
CREATE TABLE IF NOT EXISTS `gapsync_checkpoint` (
    `run_id` bigint NOT NULL,
    `part` varchar(10) NOT NULL,
    `state` longtext NOT NULL,
    `updated_at` datetime(6) NOT NULL,
    PRIMARY KEY (`run_id`, `part`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
CREATE TABLE IF NOT EXISTS `gapsync_applied` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `sha256` varchar(64) NOT NULL,
    `stream` varchar(32) NOT NULL,
    `receiver` varchar(64),
    `source` varchar(100) NOT NULL,
    `engine` varchar(100) NOT NULL,
    `profile` varchar(100) NOT NULL,
    `scope` longtext NOT NULL,
    `sequence` bigint,
    `covers` bigint,
    `parent` varchar(64),
    `window_start` varchar(26),
    `window_end` varchar(26),
    `created_at` varchar(26) NOT NULL,
    `bundle` longtext NOT NULL,
    `run_id` bigint NOT NULL,
    `applied_at` datetime(6) NOT NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
CREATE TABLE IF NOT EXISTS `gapsync_gap` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `stream` varchar(32) NOT NULL,
    `receiver` varchar(64),
    `source` varchar(100) NOT NULL,
    `engine` varchar(100) NOT NULL,
    `profile` varchar(100) NOT NULL,
    `scope` longtext NOT NULL,
    `from_sequence` bigint,
    `to_sequence` bigint,
    `last_sha256` varchar(64),
    `last_created_at` varchar(26),
    `window_start` varchar(26),
    `window_end` varchar(26) NOT NULL,
    `run_id` bigint NOT NULL,
    `opened_at` datetime(6) NOT NULL,
    `closed_by` bigint,
    `closed_at` datetime(6)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
