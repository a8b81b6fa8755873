-- The `threatq` profile's tables for MariaDB, for an empty database: mariadb --database=gapsync < sql/mariadb/threatq.sql
-- Written by `gapsync schema` from the profile and the description of its columns; do not edit by hand.

SET NAMES utf8mb4;

CREATE TABLE `tlp` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `name` varchar(255) NOT NULL,
    `level` bigint,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`name`),
    KEY (`updated_at`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `object_types` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `code` varchar(50) NOT NULL,
    `table_name` varchar(255),
    `is_custom` tinyint(1) NOT NULL DEFAULT 0,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`code`),
    KEY (`updated_at`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `indicator_types` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `name` varchar(255) NOT NULL,
    `class` varchar(50),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`name`),
    KEY (`updated_at`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `indicator_statuses` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `name` varchar(255) NOT NULL,
    `description` longtext,
    `protected` tinyint(1) NOT NULL DEFAULT 0,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`name`),
    KEY (`updated_at`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `event_types` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `name` varchar(255) NOT NULL,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`name`),
    KEY (`updated_at`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `attachment_types` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `name` varchar(255) NOT NULL,
    `is_parsable` tinyint(1) NOT NULL DEFAULT 0,
    `parser_class` varchar(255),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`name`),
    KEY (`updated_at`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `signature_types` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `name` varchar(255) NOT NULL,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`name`),
    KEY (`updated_at`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `signature_statuses` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `name` varchar(255) NOT NULL,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`name`),
    KEY (`updated_at`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `task_statuses` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `name` varchar(255) NOT NULL,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`name`),
    KEY (`updated_at`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `task_priorities` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `name` varchar(255) NOT NULL,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`name`),
    KEY (`updated_at`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `object_statuses` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `object_type_code` varchar(50) NOT NULL,
    `name` varchar(255) NOT NULL,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`object_type_code`, `name`),
    KEY (`updated_at`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `content_types` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `name` varchar(255) NOT NULL,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`name`),
    KEY (`updated_at`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `attributes` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `name` varchar(255) NOT NULL,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`name`),
    KEY (`updated_at`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `tags` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `name` varchar(255) NOT NULL,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`name`),
    KEY (`updated_at`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `users` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `email` varchar(255) NOT NULL,
    `display_name` varchar(255),
    `role` varchar(50) NOT NULL DEFAULT 'readonly',
    `password` varchar(255),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`email`),
    KEY (`updated_at`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `connectors` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `name` varchar(255) NOT NULL,
    `namespace` varchar(255),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`name`),
    KEY (`updated_at`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `sources` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `name` varchar(255) NOT NULL,
    `type` varchar(50) NOT NULL,
    `reference_id` bigint,
    `tlp_id` bigint,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`type`, `name`),
    KEY (`tlp_id`),
    KEY (`type`, `reference_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`tlp_id`) REFERENCES `tlp` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `adversaries` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `name` varchar(255) NOT NULL,
    `description` longtext,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`name`),
    KEY (`updated_at`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `indicators` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `value` longtext NOT NULL,
    `class` varchar(50),
    `type_id` bigint NOT NULL,
    `status_id` bigint NOT NULL,
    `description` longtext,
    `score` bigint,
    `expires_at` datetime(6),
    `published_at` datetime(6),
    `touched_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    KEY (`type_id`),
    KEY (`status_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`type_id`) REFERENCES `indicator_types` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`status_id`) REFERENCES `indicator_statuses` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `events` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `title` longtext NOT NULL,
    `type_id` bigint NOT NULL,
    `happened_at` datetime(6) NOT NULL,
    `description` longtext,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    KEY (`type_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`type_id`) REFERENCES `event_types` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `attachments` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `title` varchar(255),
    `name` varchar(255) NOT NULL,
    `type_id` bigint,
    `content_type_id` bigint,
    `hash` varchar(32) NOT NULL,
    `file_size` bigint,
    `path` longtext,
    `malware_locked` tinyint(1) NOT NULL DEFAULT 0,
    `description` longtext,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`hash`, `name`),
    KEY (`type_id`),
    KEY (`content_type_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`type_id`) REFERENCES `attachment_types` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`content_type_id`) REFERENCES `content_types` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `signatures` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `name` longtext,
    `value` longtext,
    `hash` varchar(32) NOT NULL,
    `type_id` bigint NOT NULL,
    `status_id` bigint,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`type_id`, `hash`),
    KEY (`status_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`type_id`) REFERENCES `signature_types` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`status_id`) REFERENCES `signature_statuses` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `malware` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `value` varchar(255) NOT NULL,
    `description` longtext,
    `status_id` bigint,
    `started_at` datetime(6),
    `ended_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`value`),
    KEY (`status_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`status_id`) REFERENCES `object_statuses` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `attack_pattern` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `value` varchar(255) NOT NULL,
    `description` longtext,
    `status_id` bigint,
    `started_at` datetime(6),
    `ended_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`value`),
    KEY (`status_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`status_id`) REFERENCES `object_statuses` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `campaign` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `value` varchar(255) NOT NULL,
    `description` longtext,
    `status_id` bigint,
    `started_at` datetime(6),
    `ended_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`value`),
    KEY (`status_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`status_id`) REFERENCES `object_statuses` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `course_of_action` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `value` varchar(255) NOT NULL,
    `description` longtext,
    `status_id` bigint,
    `started_at` datetime(6),
    `ended_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`value`),
    KEY (`status_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`status_id`) REFERENCES `object_statuses` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `exploit_target` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `value` varchar(255) NOT NULL,
    `description` longtext,
    `status_id` bigint,
    `started_at` datetime(6),
    `ended_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`value`),
    KEY (`status_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`status_id`) REFERENCES `object_statuses` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `identity` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `value` varchar(255) NOT NULL,
    `description` longtext,
    `status_id` bigint,
    `started_at` datetime(6),
    `ended_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`value`),
    KEY (`status_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`status_id`) REFERENCES `object_statuses` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `incident` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `value` varchar(255) NOT NULL,
    `description` longtext,
    `status_id` bigint,
    `started_at` datetime(6),
    `ended_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`value`),
    KEY (`status_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`status_id`) REFERENCES `object_statuses` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `infrastructure` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `value` varchar(255) NOT NULL,
    `description` longtext,
    `status_id` bigint,
    `started_at` datetime(6),
    `ended_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`value`),
    KEY (`status_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`status_id`) REFERENCES `object_statuses` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `intrusion_set` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `value` varchar(255) NOT NULL,
    `description` longtext,
    `status_id` bigint,
    `started_at` datetime(6),
    `ended_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`value`),
    KEY (`status_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`status_id`) REFERENCES `object_statuses` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `report` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `value` varchar(255) NOT NULL,
    `description` longtext,
    `status_id` bigint,
    `started_at` datetime(6),
    `ended_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`value`),
    KEY (`status_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`status_id`) REFERENCES `object_statuses` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `tool` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `value` varchar(255) NOT NULL,
    `description` longtext,
    `status_id` bigint,
    `started_at` datetime(6),
    `ended_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`value`),
    KEY (`status_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`status_id`) REFERENCES `object_statuses` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `ttp` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `value` varchar(255) NOT NULL,
    `description` longtext,
    `status_id` bigint,
    `started_at` datetime(6),
    `ended_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`value`),
    KEY (`status_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`status_id`) REFERENCES `object_statuses` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `vulnerability` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `value` varchar(255) NOT NULL,
    `description` longtext,
    `status_id` bigint,
    `started_at` datetime(6),
    `ended_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`value`),
    KEY (`status_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`status_id`) REFERENCES `object_statuses` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `asset` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `value` varchar(255) NOT NULL,
    `description` longtext,
    `status_id` bigint,
    `started_at` datetime(6),
    `ended_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`value`),
    KEY (`status_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`status_id`) REFERENCES `object_statuses` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `note` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `value` varchar(255) NOT NULL,
    `description` longtext,
    `status_id` bigint,
    `started_at` datetime(6),
    `ended_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`value`),
    KEY (`status_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`status_id`) REFERENCES `object_statuses` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `tasks` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `uuid` uuid NOT NULL,
    `name` varchar(255) NOT NULL,
    `status_id` bigint,
    `priority_id` bigint,
    `assignee_id` bigint,
    `creator_source_id` bigint,
    `due_at` datetime(6),
    `description` longtext,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`uuid`),
    KEY (`status_id`),
    KEY (`priority_id`),
    KEY (`assignee_id`),
    KEY (`creator_source_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`status_id`) REFERENCES `task_statuses` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`priority_id`) REFERENCES `task_priorities` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`assignee_id`) REFERENCES `users` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`creator_source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `adversary_sources` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `adversary_id` bigint NOT NULL,
    `source_id` bigint NOT NULL,
    `creator_source_id` bigint,
    `tlp_id` bigint,
    `published_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`adversary_id`, `source_id`),
    KEY (`source_id`),
    KEY (`creator_source_id`),
    KEY (`tlp_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`adversary_id`) REFERENCES `adversaries` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`creator_source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`tlp_id`) REFERENCES `tlp` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `adversary_attributes` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `adversary_id` bigint NOT NULL,
    `attribute_id` bigint NOT NULL,
    `value` longtext NOT NULL,
    `touched_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    KEY (`adversary_id`),
    KEY (`attribute_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`adversary_id`) REFERENCES `adversaries` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`attribute_id`) REFERENCES `attributes` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `adversary_attribute_sources` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `adversary_attribute_id` bigint NOT NULL,
    `source_id` bigint NOT NULL,
    `creator_source_id` bigint,
    `tlp_id` bigint,
    `published_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`adversary_attribute_id`, `source_id`),
    KEY (`source_id`),
    KEY (`creator_source_id`),
    KEY (`tlp_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`adversary_attribute_id`) REFERENCES `adversary_attributes` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`creator_source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`tlp_id`) REFERENCES `tlp` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `adversary_comments` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `uuid` uuid NOT NULL,
    `adversary_id` bigint NOT NULL,
    `source_id` bigint,
    `value` longtext,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`uuid`),
    KEY (`adversary_id`),
    KEY (`source_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`adversary_id`) REFERENCES `adversaries` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `indicator_sources` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `indicator_id` bigint NOT NULL,
    `source_id` bigint NOT NULL,
    `creator_source_id` bigint,
    `tlp_id` bigint,
    `published_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`indicator_id`, `source_id`),
    KEY (`source_id`),
    KEY (`creator_source_id`),
    KEY (`tlp_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`indicator_id`) REFERENCES `indicators` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`creator_source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`tlp_id`) REFERENCES `tlp` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `indicator_attributes` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `indicator_id` bigint NOT NULL,
    `attribute_id` bigint NOT NULL,
    `value` longtext NOT NULL,
    `touched_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    KEY (`indicator_id`),
    KEY (`attribute_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`indicator_id`) REFERENCES `indicators` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`attribute_id`) REFERENCES `attributes` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `indicator_attribute_sources` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `indicator_attribute_id` bigint NOT NULL,
    `source_id` bigint NOT NULL,
    `creator_source_id` bigint,
    `tlp_id` bigint,
    `published_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`indicator_attribute_id`, `source_id`),
    KEY (`source_id`),
    KEY (`creator_source_id`),
    KEY (`tlp_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`indicator_attribute_id`) REFERENCES `indicator_attributes` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`creator_source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`tlp_id`) REFERENCES `tlp` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `indicator_comments` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `uuid` uuid NOT NULL,
    `indicator_id` bigint NOT NULL,
    `source_id` bigint,
    `value` longtext,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`uuid`),
    KEY (`indicator_id`),
    KEY (`source_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`indicator_id`) REFERENCES `indicators` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `event_sources` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `event_id` bigint NOT NULL,
    `source_id` bigint NOT NULL,
    `creator_source_id` bigint,
    `tlp_id` bigint,
    `published_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`event_id`, `source_id`),
    KEY (`source_id`),
    KEY (`creator_source_id`),
    KEY (`tlp_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`event_id`) REFERENCES `events` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`creator_source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`tlp_id`) REFERENCES `tlp` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `event_attributes` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `event_id` bigint NOT NULL,
    `attribute_id` bigint NOT NULL,
    `value` longtext NOT NULL,
    `touched_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    KEY (`event_id`),
    KEY (`attribute_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`event_id`) REFERENCES `events` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`attribute_id`) REFERENCES `attributes` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `event_attribute_sources` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `event_attribute_id` bigint NOT NULL,
    `source_id` bigint NOT NULL,
    `creator_source_id` bigint,
    `tlp_id` bigint,
    `published_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`event_attribute_id`, `source_id`),
    KEY (`source_id`),
    KEY (`creator_source_id`),
    KEY (`tlp_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`event_attribute_id`) REFERENCES `event_attributes` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`creator_source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`tlp_id`) REFERENCES `tlp` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `event_comments` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `uuid` uuid NOT NULL,
    `event_id` bigint NOT NULL,
    `source_id` bigint,
    `value` longtext,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`uuid`),
    KEY (`event_id`),
    KEY (`source_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`event_id`) REFERENCES `events` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `attachment_sources` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `attachment_id` bigint NOT NULL,
    `source_id` bigint NOT NULL,
    `creator_source_id` bigint,
    `tlp_id` bigint,
    `published_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`attachment_id`, `source_id`),
    KEY (`source_id`),
    KEY (`creator_source_id`),
    KEY (`tlp_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`attachment_id`) REFERENCES `attachments` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`creator_source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`tlp_id`) REFERENCES `tlp` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `attachment_attributes` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `attachment_id` bigint NOT NULL,
    `attribute_id` bigint NOT NULL,
    `value` longtext NOT NULL,
    `touched_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    KEY (`attachment_id`),
    KEY (`attribute_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`attachment_id`) REFERENCES `attachments` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`attribute_id`) REFERENCES `attributes` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `attachment_attribute_sources` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `attachment_attribute_id` bigint NOT NULL,
    `source_id` bigint NOT NULL,
    `creator_source_id` bigint,
    `tlp_id` bigint,
    `published_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`attachment_attribute_id`, `source_id`),
    KEY (`source_id`),
    KEY (`creator_source_id`),
    KEY (`tlp_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`attachment_attribute_id`) REFERENCES `attachment_attributes` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`creator_source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`tlp_id`) REFERENCES `tlp` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `attachment_comments` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `uuid` uuid NOT NULL,
    `attachment_id` bigint NOT NULL,
    `source_id` bigint,
    `value` longtext,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`uuid`),
    KEY (`attachment_id`),
    KEY (`source_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`attachment_id`) REFERENCES `attachments` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `signature_sources` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `signature_id` bigint NOT NULL,
    `source_id` bigint NOT NULL,
    `creator_source_id` bigint,
    `tlp_id` bigint,
    `published_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`signature_id`, `source_id`),
    KEY (`source_id`),
    KEY (`creator_source_id`),
    KEY (`tlp_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`signature_id`) REFERENCES `signatures` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`creator_source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`tlp_id`) REFERENCES `tlp` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `signature_attributes` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `signature_id` bigint NOT NULL,
    `attribute_id` bigint NOT NULL,
    `value` longtext NOT NULL,
    `touched_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    KEY (`signature_id`),
    KEY (`attribute_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`signature_id`) REFERENCES `signatures` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`attribute_id`) REFERENCES `attributes` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `signature_attribute_sources` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `signature_attribute_id` bigint NOT NULL,
    `source_id` bigint NOT NULL,
    `creator_source_id` bigint,
    `tlp_id` bigint,
    `published_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`signature_attribute_id`, `source_id`),
    KEY (`source_id`),
    KEY (`creator_source_id`),
    KEY (`tlp_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`signature_attribute_id`) REFERENCES `signature_attributes` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`creator_source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`tlp_id`) REFERENCES `tlp` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `signature_comments` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `uuid` uuid NOT NULL,
    `signature_id` bigint NOT NULL,
    `source_id` bigint,
    `value` longtext,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`uuid`),
    KEY (`signature_id`),
    KEY (`source_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`signature_id`) REFERENCES `signatures` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `malware_sources` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `malware_id` bigint NOT NULL,
    `source_id` bigint NOT NULL,
    `creator_source_id` bigint,
    `tlp_id` bigint,
    `published_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`malware_id`, `source_id`),
    KEY (`source_id`),
    KEY (`creator_source_id`),
    KEY (`tlp_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`malware_id`) REFERENCES `malware` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`creator_source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`tlp_id`) REFERENCES `tlp` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `malware_attributes` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `malware_id` bigint NOT NULL,
    `attribute_id` bigint NOT NULL,
    `value` longtext NOT NULL,
    `touched_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    KEY (`malware_id`),
    KEY (`attribute_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`malware_id`) REFERENCES `malware` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`attribute_id`) REFERENCES `attributes` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `malware_attribute_sources` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `malware_attribute_id` bigint NOT NULL,
    `source_id` bigint NOT NULL,
    `creator_source_id` bigint,
    `tlp_id` bigint,
    `published_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`malware_attribute_id`, `source_id`),
    KEY (`source_id`),
    KEY (`creator_source_id`),
    KEY (`tlp_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`malware_attribute_id`) REFERENCES `malware_attributes` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`creator_source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`tlp_id`) REFERENCES `tlp` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `malware_comments` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `uuid` uuid NOT NULL,
    `malware_id` bigint NOT NULL,
    `source_id` bigint,
    `value` longtext,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`uuid`),
    KEY (`malware_id`),
    KEY (`source_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`malware_id`) REFERENCES `malware` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `attack_pattern_sources` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `attack_pattern_id` bigint NOT NULL,
    `source_id` bigint NOT NULL,
    `creator_source_id` bigint,
    `tlp_id` bigint,
    `published_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`attack_pattern_id`, `source_id`),
    KEY (`source_id`),
    KEY (`creator_source_id`),
    KEY (`tlp_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`attack_pattern_id`) REFERENCES `attack_pattern` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`creator_source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`tlp_id`) REFERENCES `tlp` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `attack_pattern_attributes` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `attack_pattern_id` bigint NOT NULL,
    `attribute_id` bigint NOT NULL,
    `value` longtext NOT NULL,
    `touched_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    KEY (`attack_pattern_id`),
    KEY (`attribute_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`attack_pattern_id`) REFERENCES `attack_pattern` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`attribute_id`) REFERENCES `attributes` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `attack_pattern_attribute_sources` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `attack_pattern_attribute_id` bigint NOT NULL,
    `source_id` bigint NOT NULL,
    `creator_source_id` bigint,
    `tlp_id` bigint,
    `published_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`attack_pattern_attribute_id`, `source_id`),
    KEY (`source_id`),
    KEY (`creator_source_id`),
    KEY (`tlp_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`attack_pattern_attribute_id`) REFERENCES `attack_pattern_attributes` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`creator_source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`tlp_id`) REFERENCES `tlp` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `attack_pattern_comments` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `uuid` uuid NOT NULL,
    `attack_pattern_id` bigint NOT NULL,
    `source_id` bigint,
    `value` longtext,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`uuid`),
    KEY (`attack_pattern_id`),
    KEY (`source_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`attack_pattern_id`) REFERENCES `attack_pattern` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `campaign_sources` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `campaign_id` bigint NOT NULL,
    `source_id` bigint NOT NULL,
    `creator_source_id` bigint,
    `tlp_id` bigint,
    `published_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`campaign_id`, `source_id`),
    KEY (`source_id`),
    KEY (`creator_source_id`),
    KEY (`tlp_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`campaign_id`) REFERENCES `campaign` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`creator_source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`tlp_id`) REFERENCES `tlp` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `campaign_attributes` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `campaign_id` bigint NOT NULL,
    `attribute_id` bigint NOT NULL,
    `value` longtext NOT NULL,
    `touched_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    KEY (`campaign_id`),
    KEY (`attribute_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`campaign_id`) REFERENCES `campaign` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`attribute_id`) REFERENCES `attributes` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `campaign_attribute_sources` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `campaign_attribute_id` bigint NOT NULL,
    `source_id` bigint NOT NULL,
    `creator_source_id` bigint,
    `tlp_id` bigint,
    `published_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`campaign_attribute_id`, `source_id`),
    KEY (`source_id`),
    KEY (`creator_source_id`),
    KEY (`tlp_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`campaign_attribute_id`) REFERENCES `campaign_attributes` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`creator_source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`tlp_id`) REFERENCES `tlp` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `campaign_comments` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `uuid` uuid NOT NULL,
    `campaign_id` bigint NOT NULL,
    `source_id` bigint,
    `value` longtext,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`uuid`),
    KEY (`campaign_id`),
    KEY (`source_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`campaign_id`) REFERENCES `campaign` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `course_of_action_sources` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `course_of_action_id` bigint NOT NULL,
    `source_id` bigint NOT NULL,
    `creator_source_id` bigint,
    `tlp_id` bigint,
    `published_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`course_of_action_id`, `source_id`),
    KEY (`source_id`),
    KEY (`creator_source_id`),
    KEY (`tlp_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`course_of_action_id`) REFERENCES `course_of_action` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`creator_source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`tlp_id`) REFERENCES `tlp` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `course_of_action_attributes` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `course_of_action_id` bigint NOT NULL,
    `attribute_id` bigint NOT NULL,
    `value` longtext NOT NULL,
    `touched_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    KEY (`course_of_action_id`),
    KEY (`attribute_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`course_of_action_id`) REFERENCES `course_of_action` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`attribute_id`) REFERENCES `attributes` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `course_of_action_attribute_sources` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `course_of_action_attribute_id` bigint NOT NULL,
    `source_id` bigint NOT NULL,
    `creator_source_id` bigint,
    `tlp_id` bigint,
    `published_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`course_of_action_attribute_id`, `source_id`),
    KEY (`source_id`),
    KEY (`creator_source_id`),
    KEY (`tlp_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`course_of_action_attribute_id`) REFERENCES `course_of_action_attributes` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`creator_source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`tlp_id`) REFERENCES `tlp` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `course_of_action_comments` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `uuid` uuid NOT NULL,
    `course_of_action_id` bigint NOT NULL,
    `source_id` bigint,
    `value` longtext,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`uuid`),
    KEY (`course_of_action_id`),
    KEY (`source_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`course_of_action_id`) REFERENCES `course_of_action` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `exploit_target_sources` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `exploit_target_id` bigint NOT NULL,
    `source_id` bigint NOT NULL,
    `creator_source_id` bigint,
    `tlp_id` bigint,
    `published_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`exploit_target_id`, `source_id`),
    KEY (`source_id`),
    KEY (`creator_source_id`),
    KEY (`tlp_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`exploit_target_id`) REFERENCES `exploit_target` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`creator_source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`tlp_id`) REFERENCES `tlp` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `exploit_target_attributes` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `exploit_target_id` bigint NOT NULL,
    `attribute_id` bigint NOT NULL,
    `value` longtext NOT NULL,
    `touched_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    KEY (`exploit_target_id`),
    KEY (`attribute_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`exploit_target_id`) REFERENCES `exploit_target` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`attribute_id`) REFERENCES `attributes` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `exploit_target_attribute_sources` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `exploit_target_attribute_id` bigint NOT NULL,
    `source_id` bigint NOT NULL,
    `creator_source_id` bigint,
    `tlp_id` bigint,
    `published_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`exploit_target_attribute_id`, `source_id`),
    KEY (`source_id`),
    KEY (`creator_source_id`),
    KEY (`tlp_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`exploit_target_attribute_id`) REFERENCES `exploit_target_attributes` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`creator_source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`tlp_id`) REFERENCES `tlp` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `exploit_target_comments` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `uuid` uuid NOT NULL,
    `exploit_target_id` bigint NOT NULL,
    `source_id` bigint,
    `value` longtext,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`uuid`),
    KEY (`exploit_target_id`),
    KEY (`source_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`exploit_target_id`) REFERENCES `exploit_target` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `identity_sources` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `identity_id` bigint NOT NULL,
    `source_id` bigint NOT NULL,
    `creator_source_id` bigint,
    `tlp_id` bigint,
    `published_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`identity_id`, `source_id`),
    KEY (`source_id`),
    KEY (`creator_source_id`),
    KEY (`tlp_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`identity_id`) REFERENCES `identity` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`creator_source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`tlp_id`) REFERENCES `tlp` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `identity_attributes` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `identity_id` bigint NOT NULL,
    `attribute_id` bigint NOT NULL,
    `value` longtext NOT NULL,
    `touched_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    KEY (`identity_id`),
    KEY (`attribute_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`identity_id`) REFERENCES `identity` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`attribute_id`) REFERENCES `attributes` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `identity_attribute_sources` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `identity_attribute_id` bigint NOT NULL,
    `source_id` bigint NOT NULL,
    `creator_source_id` bigint,
    `tlp_id` bigint,
    `published_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`identity_attribute_id`, `source_id`),
    KEY (`source_id`),
    KEY (`creator_source_id`),
    KEY (`tlp_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`identity_attribute_id`) REFERENCES `identity_attributes` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`creator_source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`tlp_id`) REFERENCES `tlp` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `identity_comments` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `uuid` uuid NOT NULL,
    `identity_id` bigint NOT NULL,
    `source_id` bigint,
    `value` longtext,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`uuid`),
    KEY (`identity_id`),
    KEY (`source_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`identity_id`) REFERENCES `identity` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `incident_sources` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `incident_id` bigint NOT NULL,
    `source_id` bigint NOT NULL,
    `creator_source_id` bigint,
    `tlp_id` bigint,
    `published_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`incident_id`, `source_id`),
    KEY (`source_id`),
    KEY (`creator_source_id`),
    KEY (`tlp_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`incident_id`) REFERENCES `incident` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`creator_source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`tlp_id`) REFERENCES `tlp` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `incident_attributes` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `incident_id` bigint NOT NULL,
    `attribute_id` bigint NOT NULL,
    `value` longtext NOT NULL,
    `touched_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    KEY (`incident_id`),
    KEY (`attribute_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`incident_id`) REFERENCES `incident` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`attribute_id`) REFERENCES `attributes` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `incident_attribute_sources` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `incident_attribute_id` bigint NOT NULL,
    `source_id` bigint NOT NULL,
    `creator_source_id` bigint,
    `tlp_id` bigint,
    `published_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`incident_attribute_id`, `source_id`),
    KEY (`source_id`),
    KEY (`creator_source_id`),
    KEY (`tlp_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`incident_attribute_id`) REFERENCES `incident_attributes` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`creator_source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`tlp_id`) REFERENCES `tlp` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `incident_comments` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `uuid` uuid NOT NULL,
    `incident_id` bigint NOT NULL,
    `source_id` bigint,
    `value` longtext,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`uuid`),
    KEY (`incident_id`),
    KEY (`source_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`incident_id`) REFERENCES `incident` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `infrastructure_sources` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `infrastructure_id` bigint NOT NULL,
    `source_id` bigint NOT NULL,
    `creator_source_id` bigint,
    `tlp_id` bigint,
    `published_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`infrastructure_id`, `source_id`),
    KEY (`source_id`),
    KEY (`creator_source_id`),
    KEY (`tlp_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`infrastructure_id`) REFERENCES `infrastructure` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`creator_source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`tlp_id`) REFERENCES `tlp` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `infrastructure_attributes` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `infrastructure_id` bigint NOT NULL,
    `attribute_id` bigint NOT NULL,
    `value` longtext NOT NULL,
    `touched_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    KEY (`infrastructure_id`),
    KEY (`attribute_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`infrastructure_id`) REFERENCES `infrastructure` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`attribute_id`) REFERENCES `attributes` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `infrastructure_attribute_sources` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `infrastructure_attribute_id` bigint NOT NULL,
    `source_id` bigint NOT NULL,
    `creator_source_id` bigint,
    `tlp_id` bigint,
    `published_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`infrastructure_attribute_id`, `source_id`),
    KEY (`source_id`),
    KEY (`creator_source_id`),
    KEY (`tlp_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`infrastructure_attribute_id`) REFERENCES `infrastructure_attributes` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`creator_source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`tlp_id`) REFERENCES `tlp` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `infrastructure_comments` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `uuid` uuid NOT NULL,
    `infrastructure_id` bigint NOT NULL,
    `source_id` bigint,
    `value` longtext,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`uuid`),
    KEY (`infrastructure_id`),
    KEY (`source_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`infrastructure_id`) REFERENCES `infrastructure` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `intrusion_set_sources` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `intrusion_set_id` bigint NOT NULL,
    `source_id` bigint NOT NULL,
    `creator_source_id` bigint,
    `tlp_id` bigint,
    `published_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`intrusion_set_id`, `source_id`),
    KEY (`source_id`),
    KEY (`creator_source_id`),
    KEY (`tlp_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`intrusion_set_id`) REFERENCES `intrusion_set` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`creator_source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`tlp_id`) REFERENCES `tlp` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `intrusion_set_attributes` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `intrusion_set_id` bigint NOT NULL,
    `attribute_id` bigint NOT NULL,
    `value` longtext NOT NULL,
    `touched_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    KEY (`intrusion_set_id`),
    KEY (`attribute_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`intrusion_set_id`) REFERENCES `intrusion_set` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`attribute_id`) REFERENCES `attributes` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `intrusion_set_attribute_sources` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `intrusion_set_attribute_id` bigint NOT NULL,
    `source_id` bigint NOT NULL,
    `creator_source_id` bigint,
    `tlp_id` bigint,
    `published_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`intrusion_set_attribute_id`, `source_id`),
    KEY (`source_id`),
    KEY (`creator_source_id`),
    KEY (`tlp_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`intrusion_set_attribute_id`) REFERENCES `intrusion_set_attributes` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`creator_source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`tlp_id`) REFERENCES `tlp` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `intrusion_set_comments` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `uuid` uuid NOT NULL,
    `intrusion_set_id` bigint NOT NULL,
    `source_id` bigint,
    `value` longtext,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`uuid`),
    KEY (`intrusion_set_id`),
    KEY (`source_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`intrusion_set_id`) REFERENCES `intrusion_set` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `report_sources` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `report_id` bigint NOT NULL,
    `source_id` bigint NOT NULL,
    `creator_source_id` bigint,
    `tlp_id` bigint,
    `published_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`report_id`, `source_id`),
    KEY (`source_id`),
    KEY (`creator_source_id`),
    KEY (`tlp_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`report_id`) REFERENCES `report` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`creator_source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`tlp_id`) REFERENCES `tlp` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `report_attributes` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `report_id` bigint NOT NULL,
    `attribute_id` bigint NOT NULL,
    `value` longtext NOT NULL,
    `touched_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    KEY (`report_id`),
    KEY (`attribute_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`report_id`) REFERENCES `report` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`attribute_id`) REFERENCES `attributes` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `report_attribute_sources` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `report_attribute_id` bigint NOT NULL,
    `source_id` bigint NOT NULL,
    `creator_source_id` bigint,
    `tlp_id` bigint,
    `published_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`report_attribute_id`, `source_id`),
    KEY (`source_id`),
    KEY (`creator_source_id`),
    KEY (`tlp_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`report_attribute_id`) REFERENCES `report_attributes` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`creator_source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`tlp_id`) REFERENCES `tlp` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `report_comments` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `uuid` uuid NOT NULL,
    `report_id` bigint NOT NULL,
    `source_id` bigint,
    `value` longtext,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`uuid`),
    KEY (`report_id`),
    KEY (`source_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`report_id`) REFERENCES `report` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `tool_sources` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `tool_id` bigint NOT NULL,
    `source_id` bigint NOT NULL,
    `creator_source_id` bigint,
    `tlp_id` bigint,
    `published_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`tool_id`, `source_id`),
    KEY (`source_id`),
    KEY (`creator_source_id`),
    KEY (`tlp_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`tool_id`) REFERENCES `tool` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`creator_source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`tlp_id`) REFERENCES `tlp` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `tool_attributes` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `tool_id` bigint NOT NULL,
    `attribute_id` bigint NOT NULL,
    `value` longtext NOT NULL,
    `touched_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    KEY (`tool_id`),
    KEY (`attribute_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`tool_id`) REFERENCES `tool` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`attribute_id`) REFERENCES `attributes` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `tool_attribute_sources` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `tool_attribute_id` bigint NOT NULL,
    `source_id` bigint NOT NULL,
    `creator_source_id` bigint,
    `tlp_id` bigint,
    `published_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`tool_attribute_id`, `source_id`),
    KEY (`source_id`),
    KEY (`creator_source_id`),
    KEY (`tlp_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`tool_attribute_id`) REFERENCES `tool_attributes` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`creator_source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`tlp_id`) REFERENCES `tlp` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `tool_comments` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `uuid` uuid NOT NULL,
    `tool_id` bigint NOT NULL,
    `source_id` bigint,
    `value` longtext,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`uuid`),
    KEY (`tool_id`),
    KEY (`source_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`tool_id`) REFERENCES `tool` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `ttp_sources` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `ttp_id` bigint NOT NULL,
    `source_id` bigint NOT NULL,
    `creator_source_id` bigint,
    `tlp_id` bigint,
    `published_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`ttp_id`, `source_id`),
    KEY (`source_id`),
    KEY (`creator_source_id`),
    KEY (`tlp_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`ttp_id`) REFERENCES `ttp` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`creator_source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`tlp_id`) REFERENCES `tlp` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `ttp_attributes` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `ttp_id` bigint NOT NULL,
    `attribute_id` bigint NOT NULL,
    `value` longtext NOT NULL,
    `touched_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    KEY (`ttp_id`),
    KEY (`attribute_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`ttp_id`) REFERENCES `ttp` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`attribute_id`) REFERENCES `attributes` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `ttp_attribute_sources` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `ttp_attribute_id` bigint NOT NULL,
    `source_id` bigint NOT NULL,
    `creator_source_id` bigint,
    `tlp_id` bigint,
    `published_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`ttp_attribute_id`, `source_id`),
    KEY (`source_id`),
    KEY (`creator_source_id`),
    KEY (`tlp_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`ttp_attribute_id`) REFERENCES `ttp_attributes` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`creator_source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`tlp_id`) REFERENCES `tlp` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `ttp_comments` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `uuid` uuid NOT NULL,
    `ttp_id` bigint NOT NULL,
    `source_id` bigint,
    `value` longtext,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`uuid`),
    KEY (`ttp_id`),
    KEY (`source_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`ttp_id`) REFERENCES `ttp` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `vulnerability_sources` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `vulnerability_id` bigint NOT NULL,
    `source_id` bigint NOT NULL,
    `creator_source_id` bigint,
    `tlp_id` bigint,
    `published_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`vulnerability_id`, `source_id`),
    KEY (`source_id`),
    KEY (`creator_source_id`),
    KEY (`tlp_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`vulnerability_id`) REFERENCES `vulnerability` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`creator_source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`tlp_id`) REFERENCES `tlp` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `vulnerability_attributes` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `vulnerability_id` bigint NOT NULL,
    `attribute_id` bigint NOT NULL,
    `value` longtext NOT NULL,
    `touched_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    KEY (`vulnerability_id`),
    KEY (`attribute_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`vulnerability_id`) REFERENCES `vulnerability` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`attribute_id`) REFERENCES `attributes` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `vulnerability_attribute_sources` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `vulnerability_attribute_id` bigint NOT NULL,
    `source_id` bigint NOT NULL,
    `creator_source_id` bigint,
    `tlp_id` bigint,
    `published_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`vulnerability_attribute_id`, `source_id`),
    KEY (`source_id`),
    KEY (`creator_source_id`),
    KEY (`tlp_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`vulnerability_attribute_id`) REFERENCES `vulnerability_attributes` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`creator_source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`tlp_id`) REFERENCES `tlp` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `vulnerability_comments` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `uuid` uuid NOT NULL,
    `vulnerability_id` bigint NOT NULL,
    `source_id` bigint,
    `value` longtext,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`uuid`),
    KEY (`vulnerability_id`),
    KEY (`source_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`vulnerability_id`) REFERENCES `vulnerability` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `asset_sources` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `asset_id` bigint NOT NULL,
    `source_id` bigint NOT NULL,
    `creator_source_id` bigint,
    `tlp_id` bigint,
    `published_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`asset_id`, `source_id`),
    KEY (`source_id`),
    KEY (`creator_source_id`),
    KEY (`tlp_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`asset_id`) REFERENCES `asset` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`creator_source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`tlp_id`) REFERENCES `tlp` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `asset_attributes` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `asset_id` bigint NOT NULL,
    `attribute_id` bigint NOT NULL,
    `value` longtext NOT NULL,
    `touched_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    KEY (`asset_id`),
    KEY (`attribute_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`asset_id`) REFERENCES `asset` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`attribute_id`) REFERENCES `attributes` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `asset_attribute_sources` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `asset_attribute_id` bigint NOT NULL,
    `source_id` bigint NOT NULL,
    `creator_source_id` bigint,
    `tlp_id` bigint,
    `published_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`asset_attribute_id`, `source_id`),
    KEY (`source_id`),
    KEY (`creator_source_id`),
    KEY (`tlp_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`asset_attribute_id`) REFERENCES `asset_attributes` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`creator_source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`tlp_id`) REFERENCES `tlp` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `asset_comments` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `uuid` uuid NOT NULL,
    `asset_id` bigint NOT NULL,
    `source_id` bigint,
    `value` longtext,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`uuid`),
    KEY (`asset_id`),
    KEY (`source_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`asset_id`) REFERENCES `asset` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `note_sources` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `note_id` bigint NOT NULL,
    `source_id` bigint NOT NULL,
    `creator_source_id` bigint,
    `tlp_id` bigint,
    `published_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`note_id`, `source_id`),
    KEY (`source_id`),
    KEY (`creator_source_id`),
    KEY (`tlp_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`note_id`) REFERENCES `note` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`creator_source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`tlp_id`) REFERENCES `tlp` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `note_attributes` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `note_id` bigint NOT NULL,
    `attribute_id` bigint NOT NULL,
    `value` longtext NOT NULL,
    `touched_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    KEY (`note_id`),
    KEY (`attribute_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`note_id`) REFERENCES `note` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`attribute_id`) REFERENCES `attributes` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `note_attribute_sources` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `note_attribute_id` bigint NOT NULL,
    `source_id` bigint NOT NULL,
    `creator_source_id` bigint,
    `tlp_id` bigint,
    `published_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`note_attribute_id`, `source_id`),
    KEY (`source_id`),
    KEY (`creator_source_id`),
    KEY (`tlp_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`note_attribute_id`) REFERENCES `note_attributes` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`creator_source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`tlp_id`) REFERENCES `tlp` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `note_comments` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `uuid` uuid NOT NULL,
    `note_id` bigint NOT NULL,
    `source_id` bigint,
    `value` longtext,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`uuid`),
    KEY (`note_id`),
    KEY (`source_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`note_id`) REFERENCES `note` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `task_sources` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `task_id` bigint NOT NULL,
    `source_id` bigint NOT NULL,
    `creator_source_id` bigint,
    `tlp_id` bigint,
    `published_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`task_id`, `source_id`),
    KEY (`source_id`),
    KEY (`creator_source_id`),
    KEY (`tlp_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`task_id`) REFERENCES `tasks` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`creator_source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`tlp_id`) REFERENCES `tlp` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `task_attributes` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `task_id` bigint NOT NULL,
    `attribute_id` bigint NOT NULL,
    `value` longtext NOT NULL,
    `touched_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    KEY (`task_id`),
    KEY (`attribute_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`task_id`) REFERENCES `tasks` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`attribute_id`) REFERENCES `attributes` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `task_attribute_sources` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `task_attribute_id` bigint NOT NULL,
    `source_id` bigint NOT NULL,
    `creator_source_id` bigint,
    `tlp_id` bigint,
    `published_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`task_attribute_id`, `source_id`),
    KEY (`source_id`),
    KEY (`creator_source_id`),
    KEY (`tlp_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`task_attribute_id`) REFERENCES `task_attributes` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`creator_source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`tlp_id`) REFERENCES `tlp` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `task_comments` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `uuid` uuid NOT NULL,
    `task_id` bigint NOT NULL,
    `source_id` bigint,
    `value` longtext,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`uuid`),
    KEY (`task_id`),
    KEY (`source_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`task_id`) REFERENCES `tasks` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `object_links` (
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

CREATE TABLE `object_link_sources` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `object_link_id` bigint NOT NULL,
    `source_id` bigint NOT NULL,
    `creator_source_id` bigint,
    `tlp_id` bigint,
    `published_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`object_link_id`, `source_id`),
    KEY (`source_id`),
    KEY (`creator_source_id`),
    KEY (`tlp_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`object_link_id`) REFERENCES `object_links` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`creator_source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`tlp_id`) REFERENCES `tlp` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `object_link_attributes` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `object_link_id` bigint NOT NULL,
    `attribute_id` bigint NOT NULL,
    `value` longtext NOT NULL,
    `touched_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    KEY (`object_link_id`),
    KEY (`attribute_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`object_link_id`) REFERENCES `object_links` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`attribute_id`) REFERENCES `attributes` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `object_link_attribute_sources` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `object_link_attribute_id` bigint NOT NULL,
    `source_id` bigint NOT NULL,
    `creator_source_id` bigint,
    `tlp_id` bigint,
    `published_at` datetime(6),
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`object_link_attribute_id`, `source_id`),
    KEY (`source_id`),
    KEY (`creator_source_id`),
    KEY (`tlp_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`object_link_attribute_id`) REFERENCES `object_link_attributes` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`creator_source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`tlp_id`) REFERENCES `tlp` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `object_link_comments` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `uuid` uuid NOT NULL,
    `object_link_id` bigint NOT NULL,
    `source_id` bigint,
    `value` longtext,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`uuid`),
    KEY (`object_link_id`),
    KEY (`source_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`object_link_id`) REFERENCES `object_links` (`id`) ON DELETE RESTRICT,
    FOREIGN KEY (`source_id`) REFERENCES `sources` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `tagged_objects` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `tag_id` bigint NOT NULL,
    `object_type` varchar(50) NOT NULL,
    `object_id` bigint NOT NULL,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`tag_id`, `object_type`, `object_id`),
    KEY (`object_type`, `object_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`tag_id`) REFERENCES `tags` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `investigations` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `uuid` uuid NOT NULL,
    `name` varchar(255) NOT NULL,
    `status` varchar(50),
    `priority` varchar(50),
    `visibility` varchar(50),
    `description` longtext,
    `owner_id` bigint NOT NULL,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `deleted_at` datetime(6),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`uuid`),
    KEY (`owner_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`owner_id`) REFERENCES `users` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `investigation_nodes` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `investigation_id` bigint NOT NULL,
    `object_type` varchar(50) NOT NULL,
    `object_id` bigint NOT NULL,
    `x` double,
    `y` double,
    `committed` tinyint(1) NOT NULL DEFAULT 0,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`investigation_id`, `object_type`, `object_id`),
    KEY (`object_type`, `object_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`investigation_id`) REFERENCES `investigations` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `investigation_timelines` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `uuid` uuid NOT NULL,
    `investigation_id` bigint NOT NULL,
    `object_type` varchar(50),
    `object_id` bigint,
    `happened_at` datetime(6),
    `title` longtext,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`uuid`),
    KEY (`investigation_id`),
    KEY (`object_type`, `object_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`investigation_id`) REFERENCES `investigations` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE `investigation_comments` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `uuid` uuid NOT NULL,
    `investigation_id` bigint NOT NULL,
    `value` longtext,
    `created_at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
    `updated_at` datetime(6) DEFAULT (utc_timestamp(6)),
    `sync_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
    UNIQUE KEY (`uuid`),
    KEY (`investigation_id`),
    KEY (`updated_at`),
    FOREIGN KEY (`investigation_id`) REFERENCES `investigations` (`id`) ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;


-- A statement that supplies a hash keeps it; else it is computed when the row is new or its key changes. When a hash
-- changes, the rows whose key refers to the row lose theirs, so that their own triggers compute it anew.

DELIMITER //

CREATE TRIGGER `tlp_hash_insert` BEFORE INSERT ON `tlp` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`name` USING utf8mb4)), ':', CONVERT(NEW.`name` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `tlp_hash_update` BEFORE UPDATE ON `tlp` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`name` <=> OLD.`name`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`name` USING utf8mb4)), ':', CONVERT(NEW.`name` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `object_types_hash_insert` BEFORE INSERT ON `object_types` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`code` USING utf8mb4)), ':', CONVERT(NEW.`code` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `object_types_hash_update` BEFORE UPDATE ON `object_types` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`code` <=> OLD.`code`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`code` USING utf8mb4)), ':', CONVERT(NEW.`code` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `indicator_types_hash_insert` BEFORE INSERT ON `indicator_types` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`name` USING utf8mb4)), ':', CONVERT(NEW.`name` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `indicator_types_hash_update` BEFORE UPDATE ON `indicator_types` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`name` <=> OLD.`name`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`name` USING utf8mb4)), ':', CONVERT(NEW.`name` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `indicator_types_hash_cascade` AFTER UPDATE ON `indicator_types` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `indicators` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `type_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `indicator_statuses_hash_insert` BEFORE INSERT ON `indicator_statuses` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`name` USING utf8mb4)), ':', CONVERT(NEW.`name` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `indicator_statuses_hash_update` BEFORE UPDATE ON `indicator_statuses` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`name` <=> OLD.`name`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`name` USING utf8mb4)), ':', CONVERT(NEW.`name` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `event_types_hash_insert` BEFORE INSERT ON `event_types` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`name` USING utf8mb4)), ':', CONVERT(NEW.`name` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `event_types_hash_update` BEFORE UPDATE ON `event_types` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`name` <=> OLD.`name`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`name` USING utf8mb4)), ':', CONVERT(NEW.`name` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `event_types_hash_cascade` AFTER UPDATE ON `event_types` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `events` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `type_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `attachment_types_hash_insert` BEFORE INSERT ON `attachment_types` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`name` USING utf8mb4)), ':', CONVERT(NEW.`name` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `attachment_types_hash_update` BEFORE UPDATE ON `attachment_types` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`name` <=> OLD.`name`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`name` USING utf8mb4)), ':', CONVERT(NEW.`name` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `signature_types_hash_insert` BEFORE INSERT ON `signature_types` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`name` USING utf8mb4)), ':', CONVERT(NEW.`name` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `signature_types_hash_update` BEFORE UPDATE ON `signature_types` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`name` <=> OLD.`name`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`name` USING utf8mb4)), ':', CONVERT(NEW.`name` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `signature_types_hash_cascade` AFTER UPDATE ON `signature_types` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `signatures` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `type_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `signature_statuses_hash_insert` BEFORE INSERT ON `signature_statuses` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`name` USING utf8mb4)), ':', CONVERT(NEW.`name` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `signature_statuses_hash_update` BEFORE UPDATE ON `signature_statuses` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`name` <=> OLD.`name`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`name` USING utf8mb4)), ':', CONVERT(NEW.`name` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `task_statuses_hash_insert` BEFORE INSERT ON `task_statuses` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`name` USING utf8mb4)), ':', CONVERT(NEW.`name` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `task_statuses_hash_update` BEFORE UPDATE ON `task_statuses` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`name` <=> OLD.`name`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`name` USING utf8mb4)), ':', CONVERT(NEW.`name` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `task_priorities_hash_insert` BEFORE INSERT ON `task_priorities` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`name` USING utf8mb4)), ':', CONVERT(NEW.`name` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `task_priorities_hash_update` BEFORE UPDATE ON `task_priorities` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`name` <=> OLD.`name`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`name` USING utf8mb4)), ':', CONVERT(NEW.`name` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `object_statuses_hash_insert` BEFORE INSERT ON `object_statuses` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(coalesce(concat(length(CONVERT(NEW.`object_type_code` USING utf8mb4)), ':', CONVERT(NEW.`object_type_code` USING utf8mb4)), '-'), coalesce(concat(length(CONVERT(NEW.`name` USING utf8mb4)), ':', CONVERT(NEW.`name` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `object_statuses_hash_update` BEFORE UPDATE ON `object_statuses` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`object_type_code` <=> OLD.`object_type_code` AND NEW.`name` <=> OLD.`name`)) THEN
        SET NEW.`sync_hash` = md5(concat(coalesce(concat(length(CONVERT(NEW.`object_type_code` USING utf8mb4)), ':', CONVERT(NEW.`object_type_code` USING utf8mb4)), '-'), coalesce(concat(length(CONVERT(NEW.`name` USING utf8mb4)), ':', CONVERT(NEW.`name` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `content_types_hash_insert` BEFORE INSERT ON `content_types` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`name` USING utf8mb4)), ':', CONVERT(NEW.`name` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `content_types_hash_update` BEFORE UPDATE ON `content_types` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`name` <=> OLD.`name`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`name` USING utf8mb4)), ':', CONVERT(NEW.`name` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `attributes_hash_insert` BEFORE INSERT ON `attributes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`name` USING utf8mb4)), ':', CONVERT(NEW.`name` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `attributes_hash_update` BEFORE UPDATE ON `attributes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`name` <=> OLD.`name`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`name` USING utf8mb4)), ':', CONVERT(NEW.`name` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `attributes_hash_cascade` AFTER UPDATE ON `attributes` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `adversary_attributes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `attribute_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `indicator_attributes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `attribute_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `event_attributes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `attribute_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `attachment_attributes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `attribute_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `signature_attributes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `attribute_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `malware_attributes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `attribute_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `attack_pattern_attributes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `attribute_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `campaign_attributes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `attribute_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `course_of_action_attributes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `attribute_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `exploit_target_attributes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `attribute_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `identity_attributes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `attribute_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `incident_attributes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `attribute_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `infrastructure_attributes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `attribute_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `intrusion_set_attributes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `attribute_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `report_attributes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `attribute_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `tool_attributes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `attribute_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `ttp_attributes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `attribute_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `vulnerability_attributes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `attribute_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `asset_attributes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `attribute_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `note_attributes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `attribute_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `task_attributes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `attribute_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `object_link_attributes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `attribute_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `tags_hash_insert` BEFORE INSERT ON `tags` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`name` USING utf8mb4)), ':', CONVERT(NEW.`name` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `tags_hash_update` BEFORE UPDATE ON `tags` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`name` <=> OLD.`name`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`name` USING utf8mb4)), ':', CONVERT(NEW.`name` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `tags_hash_cascade` AFTER UPDATE ON `tags` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `tagged_objects` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `tag_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `users_hash_insert` BEFORE INSERT ON `users` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`email` USING utf8mb4)), ':', CONVERT(NEW.`email` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `users_hash_update` BEFORE UPDATE ON `users` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`email` <=> OLD.`email`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`email` USING utf8mb4)), ':', CONVERT(NEW.`email` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `connectors_hash_insert` BEFORE INSERT ON `connectors` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`name` USING utf8mb4)), ':', CONVERT(NEW.`name` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `connectors_hash_update` BEFORE UPDATE ON `connectors` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`name` <=> OLD.`name`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`name` USING utf8mb4)), ':', CONVERT(NEW.`name` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `sources_hash_insert` BEFORE INSERT ON `sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(coalesce(concat(length(CONVERT(NEW.`type` USING utf8mb4)), ':', CONVERT(NEW.`type` USING utf8mb4)), '-'), coalesce(concat(length(CONVERT(NEW.`name` USING utf8mb4)), ':', CONVERT(NEW.`name` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `sources_hash_update` BEFORE UPDATE ON `sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`type` <=> OLD.`type` AND NEW.`name` <=> OLD.`name`)) THEN
        SET NEW.`sync_hash` = md5(concat(coalesce(concat(length(CONVERT(NEW.`type` USING utf8mb4)), ':', CONVERT(NEW.`type` USING utf8mb4)), '-'), coalesce(concat(length(CONVERT(NEW.`name` USING utf8mb4)), ':', CONVERT(NEW.`name` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `sources_hash_cascade` AFTER UPDATE ON `sources` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `adversary_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `source_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `adversary_attribute_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `source_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `indicator_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `source_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `indicator_attribute_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `source_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `event_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `source_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `event_attribute_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `source_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `attachment_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `source_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `attachment_attribute_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `source_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `signature_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `source_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `signature_attribute_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `source_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `malware_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `source_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `malware_attribute_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `source_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `attack_pattern_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `source_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `attack_pattern_attribute_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `source_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `campaign_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `source_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `campaign_attribute_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `source_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `course_of_action_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `source_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `course_of_action_attribute_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `source_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `exploit_target_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `source_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `exploit_target_attribute_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `source_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `identity_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `source_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `identity_attribute_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `source_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `incident_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `source_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `incident_attribute_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `source_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `infrastructure_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `source_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `infrastructure_attribute_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `source_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `intrusion_set_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `source_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `intrusion_set_attribute_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `source_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `report_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `source_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `report_attribute_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `source_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `tool_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `source_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `tool_attribute_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `source_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `ttp_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `source_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `ttp_attribute_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `source_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `vulnerability_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `source_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `vulnerability_attribute_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `source_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `asset_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `source_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `asset_attribute_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `source_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `note_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `source_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `note_attribute_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `source_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `task_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `source_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `task_attribute_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `source_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `object_link_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `source_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `object_link_attribute_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `source_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `adversaries_hash_insert` BEFORE INSERT ON `adversaries` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`name` USING utf8mb4)), ':', CONVERT(NEW.`name` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `adversaries_hash_update` BEFORE UPDATE ON `adversaries` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`name` <=> OLD.`name`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`name` USING utf8mb4)), ':', CONVERT(NEW.`name` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `adversaries_hash_cascade` AFTER UPDATE ON `adversaries` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `adversary_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `adversary_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `adversary_attributes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `adversary_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `object_links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `src_type` = 'adversary' AND `src_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `object_links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `dest_type` = 'adversary' AND `dest_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `tagged_objects` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'adversary' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `investigation_nodes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'adversary' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `indicators_hash_insert` BEFORE INSERT ON `indicators` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`type_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `indicator_types` AS gs_p WHERE gs_p.`id` = NEW.`type_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `indicators_hash_update` BEFORE UPDATE ON `indicators` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`type_id` <=> OLD.`type_id` AND NEW.`value` <=> OLD.`value`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`type_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `indicator_types` AS gs_p WHERE gs_p.`id` = NEW.`type_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `indicators_hash_cascade` AFTER UPDATE ON `indicators` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `indicator_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `indicator_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `indicator_attributes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `indicator_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `object_links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `src_type` = 'indicator' AND `src_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `object_links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `dest_type` = 'indicator' AND `dest_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `tagged_objects` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'indicator' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `investigation_nodes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'indicator' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `events_hash_insert` BEFORE INSERT ON `events` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`type_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `event_types` AS gs_p WHERE gs_p.`id` = NEW.`type_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`title` USING utf8mb4)), ':', CONVERT(NEW.`title` USING utf8mb4)), '-'), coalesce(concat(length(CONVERT(date_format(NEW.`happened_at`, '%Y-%m-%d %H:%i:%s.%f') USING utf8mb4)), ':', CONVERT(date_format(NEW.`happened_at`, '%Y-%m-%d %H:%i:%s.%f') USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `events_hash_update` BEFORE UPDATE ON `events` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`type_id` <=> OLD.`type_id` AND NEW.`title` <=> OLD.`title` AND NEW.`happened_at` <=> OLD.`happened_at`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`type_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `event_types` AS gs_p WHERE gs_p.`id` = NEW.`type_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`title` USING utf8mb4)), ':', CONVERT(NEW.`title` USING utf8mb4)), '-'), coalesce(concat(length(CONVERT(date_format(NEW.`happened_at`, '%Y-%m-%d %H:%i:%s.%f') USING utf8mb4)), ':', CONVERT(date_format(NEW.`happened_at`, '%Y-%m-%d %H:%i:%s.%f') USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `events_hash_cascade` AFTER UPDATE ON `events` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `event_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `event_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `event_attributes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `event_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `object_links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `src_type` = 'event' AND `src_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `object_links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `dest_type` = 'event' AND `dest_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `tagged_objects` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'event' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `investigation_nodes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'event' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `attachments_hash_insert` BEFORE INSERT ON `attachments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(coalesce(concat(length(CONVERT(NEW.`hash` USING utf8mb4)), ':', CONVERT(NEW.`hash` USING utf8mb4)), '-'), coalesce(concat(length(CONVERT(NEW.`name` USING utf8mb4)), ':', CONVERT(NEW.`name` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `attachments_hash_update` BEFORE UPDATE ON `attachments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`hash` <=> OLD.`hash` AND NEW.`name` <=> OLD.`name`)) THEN
        SET NEW.`sync_hash` = md5(concat(coalesce(concat(length(CONVERT(NEW.`hash` USING utf8mb4)), ':', CONVERT(NEW.`hash` USING utf8mb4)), '-'), coalesce(concat(length(CONVERT(NEW.`name` USING utf8mb4)), ':', CONVERT(NEW.`name` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `attachments_hash_cascade` AFTER UPDATE ON `attachments` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `attachment_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `attachment_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `attachment_attributes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `attachment_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `object_links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `src_type` = 'attachment' AND `src_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `object_links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `dest_type` = 'attachment' AND `dest_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `tagged_objects` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'attachment' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `investigation_nodes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'attachment' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `signatures_hash_insert` BEFORE INSERT ON `signatures` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`type_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `signature_types` AS gs_p WHERE gs_p.`id` = NEW.`type_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`hash` USING utf8mb4)), ':', CONVERT(NEW.`hash` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `signatures_hash_update` BEFORE UPDATE ON `signatures` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`type_id` <=> OLD.`type_id` AND NEW.`hash` <=> OLD.`hash`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`type_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `signature_types` AS gs_p WHERE gs_p.`id` = NEW.`type_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`hash` USING utf8mb4)), ':', CONVERT(NEW.`hash` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `signatures_hash_cascade` AFTER UPDATE ON `signatures` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `signature_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `signature_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `signature_attributes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `signature_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `object_links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `src_type` = 'signature' AND `src_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `object_links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `dest_type` = 'signature' AND `dest_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `tagged_objects` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'signature' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `investigation_nodes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'signature' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `malware_hash_insert` BEFORE INSERT ON `malware` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `malware_hash_update` BEFORE UPDATE ON `malware` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`value` <=> OLD.`value`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `malware_hash_cascade` AFTER UPDATE ON `malware` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `malware_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `malware_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `malware_attributes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `malware_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `object_links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `src_type` = 'malware' AND `src_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `object_links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `dest_type` = 'malware' AND `dest_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `tagged_objects` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'malware' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `investigation_nodes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'malware' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `attack_pattern_hash_insert` BEFORE INSERT ON `attack_pattern` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `attack_pattern_hash_update` BEFORE UPDATE ON `attack_pattern` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`value` <=> OLD.`value`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `attack_pattern_hash_cascade` AFTER UPDATE ON `attack_pattern` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `attack_pattern_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `attack_pattern_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `attack_pattern_attributes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `attack_pattern_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `object_links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `src_type` = 'attack_pattern' AND `src_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `object_links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `dest_type` = 'attack_pattern' AND `dest_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `tagged_objects` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'attack_pattern' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `investigation_nodes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'attack_pattern' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `campaign_hash_insert` BEFORE INSERT ON `campaign` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `campaign_hash_update` BEFORE UPDATE ON `campaign` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`value` <=> OLD.`value`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `campaign_hash_cascade` AFTER UPDATE ON `campaign` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `campaign_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `campaign_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `campaign_attributes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `campaign_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `object_links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `src_type` = 'campaign' AND `src_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `object_links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `dest_type` = 'campaign' AND `dest_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `tagged_objects` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'campaign' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `investigation_nodes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'campaign' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `course_of_action_hash_insert` BEFORE INSERT ON `course_of_action` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `course_of_action_hash_update` BEFORE UPDATE ON `course_of_action` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`value` <=> OLD.`value`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `course_of_action_hash_cascade` AFTER UPDATE ON `course_of_action` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `course_of_action_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `course_of_action_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `course_of_action_attributes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `course_of_action_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `object_links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `src_type` = 'course_of_action' AND `src_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `object_links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `dest_type` = 'course_of_action' AND `dest_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `tagged_objects` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'course_of_action' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `investigation_nodes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'course_of_action' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `exploit_target_hash_insert` BEFORE INSERT ON `exploit_target` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `exploit_target_hash_update` BEFORE UPDATE ON `exploit_target` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`value` <=> OLD.`value`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `exploit_target_hash_cascade` AFTER UPDATE ON `exploit_target` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `exploit_target_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `exploit_target_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `exploit_target_attributes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `exploit_target_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `object_links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `src_type` = 'exploit_target' AND `src_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `object_links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `dest_type` = 'exploit_target' AND `dest_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `tagged_objects` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'exploit_target' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `investigation_nodes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'exploit_target' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `identity_hash_insert` BEFORE INSERT ON `identity` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `identity_hash_update` BEFORE UPDATE ON `identity` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`value` <=> OLD.`value`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `identity_hash_cascade` AFTER UPDATE ON `identity` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `identity_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `identity_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `identity_attributes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `identity_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `object_links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `src_type` = 'identity' AND `src_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `object_links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `dest_type` = 'identity' AND `dest_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `tagged_objects` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'identity' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `investigation_nodes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'identity' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `incident_hash_insert` BEFORE INSERT ON `incident` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `incident_hash_update` BEFORE UPDATE ON `incident` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`value` <=> OLD.`value`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `incident_hash_cascade` AFTER UPDATE ON `incident` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `incident_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `incident_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `incident_attributes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `incident_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `object_links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `src_type` = 'incident' AND `src_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `object_links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `dest_type` = 'incident' AND `dest_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `tagged_objects` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'incident' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `investigation_nodes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'incident' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `infrastructure_hash_insert` BEFORE INSERT ON `infrastructure` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `infrastructure_hash_update` BEFORE UPDATE ON `infrastructure` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`value` <=> OLD.`value`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `infrastructure_hash_cascade` AFTER UPDATE ON `infrastructure` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `infrastructure_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `infrastructure_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `infrastructure_attributes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `infrastructure_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `object_links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `src_type` = 'infrastructure' AND `src_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `object_links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `dest_type` = 'infrastructure' AND `dest_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `tagged_objects` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'infrastructure' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `investigation_nodes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'infrastructure' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `intrusion_set_hash_insert` BEFORE INSERT ON `intrusion_set` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `intrusion_set_hash_update` BEFORE UPDATE ON `intrusion_set` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`value` <=> OLD.`value`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `intrusion_set_hash_cascade` AFTER UPDATE ON `intrusion_set` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `intrusion_set_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `intrusion_set_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `intrusion_set_attributes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `intrusion_set_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `object_links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `src_type` = 'intrusion_set' AND `src_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `object_links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `dest_type` = 'intrusion_set' AND `dest_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `tagged_objects` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'intrusion_set' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `investigation_nodes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'intrusion_set' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `report_hash_insert` BEFORE INSERT ON `report` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `report_hash_update` BEFORE UPDATE ON `report` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`value` <=> OLD.`value`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `report_hash_cascade` AFTER UPDATE ON `report` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `report_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `report_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `report_attributes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `report_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `object_links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `src_type` = 'report' AND `src_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `object_links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `dest_type` = 'report' AND `dest_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `tagged_objects` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'report' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `investigation_nodes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'report' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `tool_hash_insert` BEFORE INSERT ON `tool` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `tool_hash_update` BEFORE UPDATE ON `tool` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`value` <=> OLD.`value`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `tool_hash_cascade` AFTER UPDATE ON `tool` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `tool_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `tool_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `tool_attributes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `tool_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `object_links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `src_type` = 'tool' AND `src_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `object_links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `dest_type` = 'tool' AND `dest_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `tagged_objects` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'tool' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `investigation_nodes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'tool' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `ttp_hash_insert` BEFORE INSERT ON `ttp` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `ttp_hash_update` BEFORE UPDATE ON `ttp` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`value` <=> OLD.`value`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `ttp_hash_cascade` AFTER UPDATE ON `ttp` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `ttp_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `ttp_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `ttp_attributes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `ttp_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `object_links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `src_type` = 'ttp' AND `src_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `object_links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `dest_type` = 'ttp' AND `dest_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `tagged_objects` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'ttp' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `investigation_nodes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'ttp' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `vulnerability_hash_insert` BEFORE INSERT ON `vulnerability` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `vulnerability_hash_update` BEFORE UPDATE ON `vulnerability` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`value` <=> OLD.`value`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `vulnerability_hash_cascade` AFTER UPDATE ON `vulnerability` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `vulnerability_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `vulnerability_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `vulnerability_attributes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `vulnerability_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `object_links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `src_type` = 'vulnerability' AND `src_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `object_links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `dest_type` = 'vulnerability' AND `dest_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `tagged_objects` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'vulnerability' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `investigation_nodes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'vulnerability' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `asset_hash_insert` BEFORE INSERT ON `asset` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `asset_hash_update` BEFORE UPDATE ON `asset` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`value` <=> OLD.`value`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `asset_hash_cascade` AFTER UPDATE ON `asset` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `asset_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `asset_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `asset_attributes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `asset_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `object_links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `src_type` = 'asset' AND `src_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `object_links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `dest_type` = 'asset' AND `dest_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `tagged_objects` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'asset' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `investigation_nodes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'asset' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `note_hash_insert` BEFORE INSERT ON `note` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `note_hash_update` BEFORE UPDATE ON `note` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`value` <=> OLD.`value`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `note_hash_cascade` AFTER UPDATE ON `note` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `note_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `note_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `note_attributes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `note_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `object_links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `src_type` = 'note' AND `src_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `object_links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `dest_type` = 'note' AND `dest_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `tagged_objects` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'note' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `investigation_nodes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'note' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `tasks_hash_insert` BEFORE INSERT ON `tasks` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `tasks_hash_update` BEFORE UPDATE ON `tasks` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`uuid` <=> OLD.`uuid`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `tasks_hash_cascade` AFTER UPDATE ON `tasks` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `task_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `task_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `task_attributes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `task_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `object_links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `src_type` = 'task' AND `src_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `object_links` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `dest_type` = 'task' AND `dest_object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `tagged_objects` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'task' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `investigation_nodes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_type` = 'task' AND `object_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `adversary_sources_hash_insert` BEFORE INSERT ON `adversary_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`adversary_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `adversaries` AS gs_p WHERE gs_p.`id` = NEW.`adversary_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `adversary_sources_hash_update` BEFORE UPDATE ON `adversary_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`adversary_id` <=> OLD.`adversary_id` AND NEW.`source_id` <=> OLD.`source_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`adversary_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `adversaries` AS gs_p WHERE gs_p.`id` = NEW.`adversary_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `adversary_attributes_hash_insert` BEFORE INSERT ON `adversary_attributes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`adversary_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `adversaries` AS gs_p WHERE gs_p.`id` = NEW.`adversary_id`) USING utf8mb4)) END, CASE WHEN NEW.`attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attributes` AS gs_p WHERE gs_p.`id` = NEW.`attribute_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `adversary_attributes_hash_update` BEFORE UPDATE ON `adversary_attributes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`adversary_id` <=> OLD.`adversary_id` AND NEW.`attribute_id` <=> OLD.`attribute_id` AND NEW.`value` <=> OLD.`value`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`adversary_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `adversaries` AS gs_p WHERE gs_p.`id` = NEW.`adversary_id`) USING utf8mb4)) END, CASE WHEN NEW.`attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attributes` AS gs_p WHERE gs_p.`id` = NEW.`attribute_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `adversary_attributes_hash_cascade` AFTER UPDATE ON `adversary_attributes` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `adversary_attribute_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `adversary_attribute_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `adversary_attribute_sources_hash_insert` BEFORE INSERT ON `adversary_attribute_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`adversary_attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `adversary_attributes` AS gs_p WHERE gs_p.`id` = NEW.`adversary_attribute_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `adversary_attribute_sources_hash_update` BEFORE UPDATE ON `adversary_attribute_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`adversary_attribute_id` <=> OLD.`adversary_attribute_id` AND NEW.`source_id` <=> OLD.`source_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`adversary_attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `adversary_attributes` AS gs_p WHERE gs_p.`id` = NEW.`adversary_attribute_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `adversary_comments_hash_insert` BEFORE INSERT ON `adversary_comments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `adversary_comments_hash_update` BEFORE UPDATE ON `adversary_comments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`uuid` <=> OLD.`uuid`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `indicator_sources_hash_insert` BEFORE INSERT ON `indicator_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`indicator_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `indicators` AS gs_p WHERE gs_p.`id` = NEW.`indicator_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `indicator_sources_hash_update` BEFORE UPDATE ON `indicator_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`indicator_id` <=> OLD.`indicator_id` AND NEW.`source_id` <=> OLD.`source_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`indicator_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `indicators` AS gs_p WHERE gs_p.`id` = NEW.`indicator_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `indicator_attributes_hash_insert` BEFORE INSERT ON `indicator_attributes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`indicator_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `indicators` AS gs_p WHERE gs_p.`id` = NEW.`indicator_id`) USING utf8mb4)) END, CASE WHEN NEW.`attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attributes` AS gs_p WHERE gs_p.`id` = NEW.`attribute_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `indicator_attributes_hash_update` BEFORE UPDATE ON `indicator_attributes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`indicator_id` <=> OLD.`indicator_id` AND NEW.`attribute_id` <=> OLD.`attribute_id` AND NEW.`value` <=> OLD.`value`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`indicator_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `indicators` AS gs_p WHERE gs_p.`id` = NEW.`indicator_id`) USING utf8mb4)) END, CASE WHEN NEW.`attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attributes` AS gs_p WHERE gs_p.`id` = NEW.`attribute_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `indicator_attributes_hash_cascade` AFTER UPDATE ON `indicator_attributes` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `indicator_attribute_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `indicator_attribute_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `indicator_attribute_sources_hash_insert` BEFORE INSERT ON `indicator_attribute_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`indicator_attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `indicator_attributes` AS gs_p WHERE gs_p.`id` = NEW.`indicator_attribute_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `indicator_attribute_sources_hash_update` BEFORE UPDATE ON `indicator_attribute_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`indicator_attribute_id` <=> OLD.`indicator_attribute_id` AND NEW.`source_id` <=> OLD.`source_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`indicator_attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `indicator_attributes` AS gs_p WHERE gs_p.`id` = NEW.`indicator_attribute_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `indicator_comments_hash_insert` BEFORE INSERT ON `indicator_comments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `indicator_comments_hash_update` BEFORE UPDATE ON `indicator_comments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`uuid` <=> OLD.`uuid`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `event_sources_hash_insert` BEFORE INSERT ON `event_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`event_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `events` AS gs_p WHERE gs_p.`id` = NEW.`event_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `event_sources_hash_update` BEFORE UPDATE ON `event_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`event_id` <=> OLD.`event_id` AND NEW.`source_id` <=> OLD.`source_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`event_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `events` AS gs_p WHERE gs_p.`id` = NEW.`event_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `event_attributes_hash_insert` BEFORE INSERT ON `event_attributes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`event_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `events` AS gs_p WHERE gs_p.`id` = NEW.`event_id`) USING utf8mb4)) END, CASE WHEN NEW.`attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attributes` AS gs_p WHERE gs_p.`id` = NEW.`attribute_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `event_attributes_hash_update` BEFORE UPDATE ON `event_attributes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`event_id` <=> OLD.`event_id` AND NEW.`attribute_id` <=> OLD.`attribute_id` AND NEW.`value` <=> OLD.`value`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`event_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `events` AS gs_p WHERE gs_p.`id` = NEW.`event_id`) USING utf8mb4)) END, CASE WHEN NEW.`attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attributes` AS gs_p WHERE gs_p.`id` = NEW.`attribute_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `event_attributes_hash_cascade` AFTER UPDATE ON `event_attributes` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `event_attribute_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `event_attribute_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `event_attribute_sources_hash_insert` BEFORE INSERT ON `event_attribute_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`event_attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `event_attributes` AS gs_p WHERE gs_p.`id` = NEW.`event_attribute_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `event_attribute_sources_hash_update` BEFORE UPDATE ON `event_attribute_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`event_attribute_id` <=> OLD.`event_attribute_id` AND NEW.`source_id` <=> OLD.`source_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`event_attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `event_attributes` AS gs_p WHERE gs_p.`id` = NEW.`event_attribute_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `event_comments_hash_insert` BEFORE INSERT ON `event_comments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `event_comments_hash_update` BEFORE UPDATE ON `event_comments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`uuid` <=> OLD.`uuid`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `attachment_sources_hash_insert` BEFORE INSERT ON `attachment_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`attachment_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attachments` AS gs_p WHERE gs_p.`id` = NEW.`attachment_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `attachment_sources_hash_update` BEFORE UPDATE ON `attachment_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`attachment_id` <=> OLD.`attachment_id` AND NEW.`source_id` <=> OLD.`source_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`attachment_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attachments` AS gs_p WHERE gs_p.`id` = NEW.`attachment_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `attachment_attributes_hash_insert` BEFORE INSERT ON `attachment_attributes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`attachment_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attachments` AS gs_p WHERE gs_p.`id` = NEW.`attachment_id`) USING utf8mb4)) END, CASE WHEN NEW.`attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attributes` AS gs_p WHERE gs_p.`id` = NEW.`attribute_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `attachment_attributes_hash_update` BEFORE UPDATE ON `attachment_attributes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`attachment_id` <=> OLD.`attachment_id` AND NEW.`attribute_id` <=> OLD.`attribute_id` AND NEW.`value` <=> OLD.`value`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`attachment_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attachments` AS gs_p WHERE gs_p.`id` = NEW.`attachment_id`) USING utf8mb4)) END, CASE WHEN NEW.`attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attributes` AS gs_p WHERE gs_p.`id` = NEW.`attribute_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `attachment_attributes_hash_cascade` AFTER UPDATE ON `attachment_attributes` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `attachment_attribute_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `attachment_attribute_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `attachment_attribute_sources_hash_insert` BEFORE INSERT ON `attachment_attribute_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`attachment_attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attachment_attributes` AS gs_p WHERE gs_p.`id` = NEW.`attachment_attribute_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `attachment_attribute_sources_hash_update` BEFORE UPDATE ON `attachment_attribute_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`attachment_attribute_id` <=> OLD.`attachment_attribute_id` AND NEW.`source_id` <=> OLD.`source_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`attachment_attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attachment_attributes` AS gs_p WHERE gs_p.`id` = NEW.`attachment_attribute_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `attachment_comments_hash_insert` BEFORE INSERT ON `attachment_comments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `attachment_comments_hash_update` BEFORE UPDATE ON `attachment_comments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`uuid` <=> OLD.`uuid`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `signature_sources_hash_insert` BEFORE INSERT ON `signature_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`signature_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `signatures` AS gs_p WHERE gs_p.`id` = NEW.`signature_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `signature_sources_hash_update` BEFORE UPDATE ON `signature_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`signature_id` <=> OLD.`signature_id` AND NEW.`source_id` <=> OLD.`source_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`signature_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `signatures` AS gs_p WHERE gs_p.`id` = NEW.`signature_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `signature_attributes_hash_insert` BEFORE INSERT ON `signature_attributes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`signature_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `signatures` AS gs_p WHERE gs_p.`id` = NEW.`signature_id`) USING utf8mb4)) END, CASE WHEN NEW.`attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attributes` AS gs_p WHERE gs_p.`id` = NEW.`attribute_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `signature_attributes_hash_update` BEFORE UPDATE ON `signature_attributes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`signature_id` <=> OLD.`signature_id` AND NEW.`attribute_id` <=> OLD.`attribute_id` AND NEW.`value` <=> OLD.`value`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`signature_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `signatures` AS gs_p WHERE gs_p.`id` = NEW.`signature_id`) USING utf8mb4)) END, CASE WHEN NEW.`attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attributes` AS gs_p WHERE gs_p.`id` = NEW.`attribute_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `signature_attributes_hash_cascade` AFTER UPDATE ON `signature_attributes` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `signature_attribute_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `signature_attribute_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `signature_attribute_sources_hash_insert` BEFORE INSERT ON `signature_attribute_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`signature_attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `signature_attributes` AS gs_p WHERE gs_p.`id` = NEW.`signature_attribute_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `signature_attribute_sources_hash_update` BEFORE UPDATE ON `signature_attribute_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`signature_attribute_id` <=> OLD.`signature_attribute_id` AND NEW.`source_id` <=> OLD.`source_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`signature_attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `signature_attributes` AS gs_p WHERE gs_p.`id` = NEW.`signature_attribute_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `signature_comments_hash_insert` BEFORE INSERT ON `signature_comments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `signature_comments_hash_update` BEFORE UPDATE ON `signature_comments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`uuid` <=> OLD.`uuid`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `malware_sources_hash_insert` BEFORE INSERT ON `malware_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`malware_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `malware` AS gs_p WHERE gs_p.`id` = NEW.`malware_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `malware_sources_hash_update` BEFORE UPDATE ON `malware_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`malware_id` <=> OLD.`malware_id` AND NEW.`source_id` <=> OLD.`source_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`malware_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `malware` AS gs_p WHERE gs_p.`id` = NEW.`malware_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `malware_attributes_hash_insert` BEFORE INSERT ON `malware_attributes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`malware_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `malware` AS gs_p WHERE gs_p.`id` = NEW.`malware_id`) USING utf8mb4)) END, CASE WHEN NEW.`attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attributes` AS gs_p WHERE gs_p.`id` = NEW.`attribute_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `malware_attributes_hash_update` BEFORE UPDATE ON `malware_attributes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`malware_id` <=> OLD.`malware_id` AND NEW.`attribute_id` <=> OLD.`attribute_id` AND NEW.`value` <=> OLD.`value`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`malware_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `malware` AS gs_p WHERE gs_p.`id` = NEW.`malware_id`) USING utf8mb4)) END, CASE WHEN NEW.`attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attributes` AS gs_p WHERE gs_p.`id` = NEW.`attribute_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `malware_attributes_hash_cascade` AFTER UPDATE ON `malware_attributes` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `malware_attribute_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `malware_attribute_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `malware_attribute_sources_hash_insert` BEFORE INSERT ON `malware_attribute_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`malware_attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `malware_attributes` AS gs_p WHERE gs_p.`id` = NEW.`malware_attribute_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `malware_attribute_sources_hash_update` BEFORE UPDATE ON `malware_attribute_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`malware_attribute_id` <=> OLD.`malware_attribute_id` AND NEW.`source_id` <=> OLD.`source_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`malware_attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `malware_attributes` AS gs_p WHERE gs_p.`id` = NEW.`malware_attribute_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `malware_comments_hash_insert` BEFORE INSERT ON `malware_comments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `malware_comments_hash_update` BEFORE UPDATE ON `malware_comments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`uuid` <=> OLD.`uuid`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `attack_pattern_sources_hash_insert` BEFORE INSERT ON `attack_pattern_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`attack_pattern_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attack_pattern` AS gs_p WHERE gs_p.`id` = NEW.`attack_pattern_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `attack_pattern_sources_hash_update` BEFORE UPDATE ON `attack_pattern_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`attack_pattern_id` <=> OLD.`attack_pattern_id` AND NEW.`source_id` <=> OLD.`source_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`attack_pattern_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attack_pattern` AS gs_p WHERE gs_p.`id` = NEW.`attack_pattern_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `attack_pattern_attributes_hash_insert` BEFORE INSERT ON `attack_pattern_attributes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`attack_pattern_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attack_pattern` AS gs_p WHERE gs_p.`id` = NEW.`attack_pattern_id`) USING utf8mb4)) END, CASE WHEN NEW.`attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attributes` AS gs_p WHERE gs_p.`id` = NEW.`attribute_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `attack_pattern_attributes_hash_update` BEFORE UPDATE ON `attack_pattern_attributes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`attack_pattern_id` <=> OLD.`attack_pattern_id` AND NEW.`attribute_id` <=> OLD.`attribute_id` AND NEW.`value` <=> OLD.`value`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`attack_pattern_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attack_pattern` AS gs_p WHERE gs_p.`id` = NEW.`attack_pattern_id`) USING utf8mb4)) END, CASE WHEN NEW.`attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attributes` AS gs_p WHERE gs_p.`id` = NEW.`attribute_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `attack_pattern_attributes_hash_cascade` AFTER UPDATE ON `attack_pattern_attributes` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `attack_pattern_attribute_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `attack_pattern_attribute_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `attack_pattern_attribute_sources_hash_insert` BEFORE INSERT ON `attack_pattern_attribute_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`attack_pattern_attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attack_pattern_attributes` AS gs_p WHERE gs_p.`id` = NEW.`attack_pattern_attribute_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `attack_pattern_attribute_sources_hash_update` BEFORE UPDATE ON `attack_pattern_attribute_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`attack_pattern_attribute_id` <=> OLD.`attack_pattern_attribute_id` AND NEW.`source_id` <=> OLD.`source_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`attack_pattern_attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attack_pattern_attributes` AS gs_p WHERE gs_p.`id` = NEW.`attack_pattern_attribute_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `attack_pattern_comments_hash_insert` BEFORE INSERT ON `attack_pattern_comments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `attack_pattern_comments_hash_update` BEFORE UPDATE ON `attack_pattern_comments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`uuid` <=> OLD.`uuid`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `campaign_sources_hash_insert` BEFORE INSERT ON `campaign_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`campaign_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `campaign` AS gs_p WHERE gs_p.`id` = NEW.`campaign_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `campaign_sources_hash_update` BEFORE UPDATE ON `campaign_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`campaign_id` <=> OLD.`campaign_id` AND NEW.`source_id` <=> OLD.`source_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`campaign_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `campaign` AS gs_p WHERE gs_p.`id` = NEW.`campaign_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `campaign_attributes_hash_insert` BEFORE INSERT ON `campaign_attributes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`campaign_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `campaign` AS gs_p WHERE gs_p.`id` = NEW.`campaign_id`) USING utf8mb4)) END, CASE WHEN NEW.`attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attributes` AS gs_p WHERE gs_p.`id` = NEW.`attribute_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `campaign_attributes_hash_update` BEFORE UPDATE ON `campaign_attributes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`campaign_id` <=> OLD.`campaign_id` AND NEW.`attribute_id` <=> OLD.`attribute_id` AND NEW.`value` <=> OLD.`value`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`campaign_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `campaign` AS gs_p WHERE gs_p.`id` = NEW.`campaign_id`) USING utf8mb4)) END, CASE WHEN NEW.`attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attributes` AS gs_p WHERE gs_p.`id` = NEW.`attribute_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `campaign_attributes_hash_cascade` AFTER UPDATE ON `campaign_attributes` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `campaign_attribute_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `campaign_attribute_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `campaign_attribute_sources_hash_insert` BEFORE INSERT ON `campaign_attribute_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`campaign_attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `campaign_attributes` AS gs_p WHERE gs_p.`id` = NEW.`campaign_attribute_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `campaign_attribute_sources_hash_update` BEFORE UPDATE ON `campaign_attribute_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`campaign_attribute_id` <=> OLD.`campaign_attribute_id` AND NEW.`source_id` <=> OLD.`source_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`campaign_attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `campaign_attributes` AS gs_p WHERE gs_p.`id` = NEW.`campaign_attribute_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `campaign_comments_hash_insert` BEFORE INSERT ON `campaign_comments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `campaign_comments_hash_update` BEFORE UPDATE ON `campaign_comments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`uuid` <=> OLD.`uuid`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `course_of_action_sources_hash_insert` BEFORE INSERT ON `course_of_action_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`course_of_action_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `course_of_action` AS gs_p WHERE gs_p.`id` = NEW.`course_of_action_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `course_of_action_sources_hash_update` BEFORE UPDATE ON `course_of_action_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`course_of_action_id` <=> OLD.`course_of_action_id` AND NEW.`source_id` <=> OLD.`source_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`course_of_action_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `course_of_action` AS gs_p WHERE gs_p.`id` = NEW.`course_of_action_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `course_of_action_attributes_hash_insert` BEFORE INSERT ON `course_of_action_attributes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`course_of_action_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `course_of_action` AS gs_p WHERE gs_p.`id` = NEW.`course_of_action_id`) USING utf8mb4)) END, CASE WHEN NEW.`attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attributes` AS gs_p WHERE gs_p.`id` = NEW.`attribute_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `course_of_action_attributes_hash_update` BEFORE UPDATE ON `course_of_action_attributes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`course_of_action_id` <=> OLD.`course_of_action_id` AND NEW.`attribute_id` <=> OLD.`attribute_id` AND NEW.`value` <=> OLD.`value`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`course_of_action_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `course_of_action` AS gs_p WHERE gs_p.`id` = NEW.`course_of_action_id`) USING utf8mb4)) END, CASE WHEN NEW.`attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attributes` AS gs_p WHERE gs_p.`id` = NEW.`attribute_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `course_of_action_attributes_hash_cascade` AFTER UPDATE ON `course_of_action_attributes` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `course_of_action_attribute_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `course_of_action_attribute_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `course_of_action_attribute_sources_hash_insert` BEFORE INSERT ON `course_of_action_attribute_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`course_of_action_attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `course_of_action_attributes` AS gs_p WHERE gs_p.`id` = NEW.`course_of_action_attribute_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `course_of_action_attribute_sources_hash_update` BEFORE UPDATE ON `course_of_action_attribute_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`course_of_action_attribute_id` <=> OLD.`course_of_action_attribute_id` AND NEW.`source_id` <=> OLD.`source_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`course_of_action_attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `course_of_action_attributes` AS gs_p WHERE gs_p.`id` = NEW.`course_of_action_attribute_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `course_of_action_comments_hash_insert` BEFORE INSERT ON `course_of_action_comments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `course_of_action_comments_hash_update` BEFORE UPDATE ON `course_of_action_comments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`uuid` <=> OLD.`uuid`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `exploit_target_sources_hash_insert` BEFORE INSERT ON `exploit_target_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`exploit_target_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `exploit_target` AS gs_p WHERE gs_p.`id` = NEW.`exploit_target_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `exploit_target_sources_hash_update` BEFORE UPDATE ON `exploit_target_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`exploit_target_id` <=> OLD.`exploit_target_id` AND NEW.`source_id` <=> OLD.`source_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`exploit_target_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `exploit_target` AS gs_p WHERE gs_p.`id` = NEW.`exploit_target_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `exploit_target_attributes_hash_insert` BEFORE INSERT ON `exploit_target_attributes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`exploit_target_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `exploit_target` AS gs_p WHERE gs_p.`id` = NEW.`exploit_target_id`) USING utf8mb4)) END, CASE WHEN NEW.`attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attributes` AS gs_p WHERE gs_p.`id` = NEW.`attribute_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `exploit_target_attributes_hash_update` BEFORE UPDATE ON `exploit_target_attributes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`exploit_target_id` <=> OLD.`exploit_target_id` AND NEW.`attribute_id` <=> OLD.`attribute_id` AND NEW.`value` <=> OLD.`value`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`exploit_target_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `exploit_target` AS gs_p WHERE gs_p.`id` = NEW.`exploit_target_id`) USING utf8mb4)) END, CASE WHEN NEW.`attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attributes` AS gs_p WHERE gs_p.`id` = NEW.`attribute_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `exploit_target_attributes_hash_cascade` AFTER UPDATE ON `exploit_target_attributes` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `exploit_target_attribute_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `exploit_target_attribute_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `exploit_target_attribute_sources_hash_insert` BEFORE INSERT ON `exploit_target_attribute_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`exploit_target_attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `exploit_target_attributes` AS gs_p WHERE gs_p.`id` = NEW.`exploit_target_attribute_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `exploit_target_attribute_sources_hash_update` BEFORE UPDATE ON `exploit_target_attribute_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`exploit_target_attribute_id` <=> OLD.`exploit_target_attribute_id` AND NEW.`source_id` <=> OLD.`source_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`exploit_target_attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `exploit_target_attributes` AS gs_p WHERE gs_p.`id` = NEW.`exploit_target_attribute_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `exploit_target_comments_hash_insert` BEFORE INSERT ON `exploit_target_comments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `exploit_target_comments_hash_update` BEFORE UPDATE ON `exploit_target_comments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`uuid` <=> OLD.`uuid`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `identity_sources_hash_insert` BEFORE INSERT ON `identity_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`identity_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `identity` AS gs_p WHERE gs_p.`id` = NEW.`identity_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `identity_sources_hash_update` BEFORE UPDATE ON `identity_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`identity_id` <=> OLD.`identity_id` AND NEW.`source_id` <=> OLD.`source_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`identity_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `identity` AS gs_p WHERE gs_p.`id` = NEW.`identity_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `identity_attributes_hash_insert` BEFORE INSERT ON `identity_attributes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`identity_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `identity` AS gs_p WHERE gs_p.`id` = NEW.`identity_id`) USING utf8mb4)) END, CASE WHEN NEW.`attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attributes` AS gs_p WHERE gs_p.`id` = NEW.`attribute_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `identity_attributes_hash_update` BEFORE UPDATE ON `identity_attributes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`identity_id` <=> OLD.`identity_id` AND NEW.`attribute_id` <=> OLD.`attribute_id` AND NEW.`value` <=> OLD.`value`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`identity_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `identity` AS gs_p WHERE gs_p.`id` = NEW.`identity_id`) USING utf8mb4)) END, CASE WHEN NEW.`attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attributes` AS gs_p WHERE gs_p.`id` = NEW.`attribute_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `identity_attributes_hash_cascade` AFTER UPDATE ON `identity_attributes` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `identity_attribute_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `identity_attribute_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `identity_attribute_sources_hash_insert` BEFORE INSERT ON `identity_attribute_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`identity_attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `identity_attributes` AS gs_p WHERE gs_p.`id` = NEW.`identity_attribute_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `identity_attribute_sources_hash_update` BEFORE UPDATE ON `identity_attribute_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`identity_attribute_id` <=> OLD.`identity_attribute_id` AND NEW.`source_id` <=> OLD.`source_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`identity_attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `identity_attributes` AS gs_p WHERE gs_p.`id` = NEW.`identity_attribute_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `identity_comments_hash_insert` BEFORE INSERT ON `identity_comments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `identity_comments_hash_update` BEFORE UPDATE ON `identity_comments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`uuid` <=> OLD.`uuid`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `incident_sources_hash_insert` BEFORE INSERT ON `incident_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`incident_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `incident` AS gs_p WHERE gs_p.`id` = NEW.`incident_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `incident_sources_hash_update` BEFORE UPDATE ON `incident_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`incident_id` <=> OLD.`incident_id` AND NEW.`source_id` <=> OLD.`source_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`incident_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `incident` AS gs_p WHERE gs_p.`id` = NEW.`incident_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `incident_attributes_hash_insert` BEFORE INSERT ON `incident_attributes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`incident_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `incident` AS gs_p WHERE gs_p.`id` = NEW.`incident_id`) USING utf8mb4)) END, CASE WHEN NEW.`attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attributes` AS gs_p WHERE gs_p.`id` = NEW.`attribute_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `incident_attributes_hash_update` BEFORE UPDATE ON `incident_attributes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`incident_id` <=> OLD.`incident_id` AND NEW.`attribute_id` <=> OLD.`attribute_id` AND NEW.`value` <=> OLD.`value`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`incident_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `incident` AS gs_p WHERE gs_p.`id` = NEW.`incident_id`) USING utf8mb4)) END, CASE WHEN NEW.`attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attributes` AS gs_p WHERE gs_p.`id` = NEW.`attribute_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `incident_attributes_hash_cascade` AFTER UPDATE ON `incident_attributes` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `incident_attribute_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `incident_attribute_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `incident_attribute_sources_hash_insert` BEFORE INSERT ON `incident_attribute_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`incident_attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `incident_attributes` AS gs_p WHERE gs_p.`id` = NEW.`incident_attribute_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `incident_attribute_sources_hash_update` BEFORE UPDATE ON `incident_attribute_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`incident_attribute_id` <=> OLD.`incident_attribute_id` AND NEW.`source_id` <=> OLD.`source_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`incident_attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `incident_attributes` AS gs_p WHERE gs_p.`id` = NEW.`incident_attribute_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `incident_comments_hash_insert` BEFORE INSERT ON `incident_comments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `incident_comments_hash_update` BEFORE UPDATE ON `incident_comments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`uuid` <=> OLD.`uuid`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `infrastructure_sources_hash_insert` BEFORE INSERT ON `infrastructure_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`infrastructure_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `infrastructure` AS gs_p WHERE gs_p.`id` = NEW.`infrastructure_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `infrastructure_sources_hash_update` BEFORE UPDATE ON `infrastructure_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`infrastructure_id` <=> OLD.`infrastructure_id` AND NEW.`source_id` <=> OLD.`source_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`infrastructure_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `infrastructure` AS gs_p WHERE gs_p.`id` = NEW.`infrastructure_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `infrastructure_attributes_hash_insert` BEFORE INSERT ON `infrastructure_attributes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`infrastructure_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `infrastructure` AS gs_p WHERE gs_p.`id` = NEW.`infrastructure_id`) USING utf8mb4)) END, CASE WHEN NEW.`attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attributes` AS gs_p WHERE gs_p.`id` = NEW.`attribute_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `infrastructure_attributes_hash_update` BEFORE UPDATE ON `infrastructure_attributes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`infrastructure_id` <=> OLD.`infrastructure_id` AND NEW.`attribute_id` <=> OLD.`attribute_id` AND NEW.`value` <=> OLD.`value`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`infrastructure_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `infrastructure` AS gs_p WHERE gs_p.`id` = NEW.`infrastructure_id`) USING utf8mb4)) END, CASE WHEN NEW.`attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attributes` AS gs_p WHERE gs_p.`id` = NEW.`attribute_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `infrastructure_attributes_hash_cascade` AFTER UPDATE ON `infrastructure_attributes` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `infrastructure_attribute_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `infrastructure_attribute_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `infrastructure_attribute_sources_hash_insert` BEFORE INSERT ON `infrastructure_attribute_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`infrastructure_attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `infrastructure_attributes` AS gs_p WHERE gs_p.`id` = NEW.`infrastructure_attribute_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `infrastructure_attribute_sources_hash_update` BEFORE UPDATE ON `infrastructure_attribute_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`infrastructure_attribute_id` <=> OLD.`infrastructure_attribute_id` AND NEW.`source_id` <=> OLD.`source_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`infrastructure_attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `infrastructure_attributes` AS gs_p WHERE gs_p.`id` = NEW.`infrastructure_attribute_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `infrastructure_comments_hash_insert` BEFORE INSERT ON `infrastructure_comments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `infrastructure_comments_hash_update` BEFORE UPDATE ON `infrastructure_comments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`uuid` <=> OLD.`uuid`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `intrusion_set_sources_hash_insert` BEFORE INSERT ON `intrusion_set_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`intrusion_set_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `intrusion_set` AS gs_p WHERE gs_p.`id` = NEW.`intrusion_set_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `intrusion_set_sources_hash_update` BEFORE UPDATE ON `intrusion_set_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`intrusion_set_id` <=> OLD.`intrusion_set_id` AND NEW.`source_id` <=> OLD.`source_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`intrusion_set_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `intrusion_set` AS gs_p WHERE gs_p.`id` = NEW.`intrusion_set_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `intrusion_set_attributes_hash_insert` BEFORE INSERT ON `intrusion_set_attributes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`intrusion_set_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `intrusion_set` AS gs_p WHERE gs_p.`id` = NEW.`intrusion_set_id`) USING utf8mb4)) END, CASE WHEN NEW.`attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attributes` AS gs_p WHERE gs_p.`id` = NEW.`attribute_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `intrusion_set_attributes_hash_update` BEFORE UPDATE ON `intrusion_set_attributes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`intrusion_set_id` <=> OLD.`intrusion_set_id` AND NEW.`attribute_id` <=> OLD.`attribute_id` AND NEW.`value` <=> OLD.`value`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`intrusion_set_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `intrusion_set` AS gs_p WHERE gs_p.`id` = NEW.`intrusion_set_id`) USING utf8mb4)) END, CASE WHEN NEW.`attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attributes` AS gs_p WHERE gs_p.`id` = NEW.`attribute_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `intrusion_set_attributes_hash_cascade` AFTER UPDATE ON `intrusion_set_attributes` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `intrusion_set_attribute_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `intrusion_set_attribute_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `intrusion_set_attribute_sources_hash_insert` BEFORE INSERT ON `intrusion_set_attribute_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`intrusion_set_attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `intrusion_set_attributes` AS gs_p WHERE gs_p.`id` = NEW.`intrusion_set_attribute_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `intrusion_set_attribute_sources_hash_update` BEFORE UPDATE ON `intrusion_set_attribute_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`intrusion_set_attribute_id` <=> OLD.`intrusion_set_attribute_id` AND NEW.`source_id` <=> OLD.`source_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`intrusion_set_attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `intrusion_set_attributes` AS gs_p WHERE gs_p.`id` = NEW.`intrusion_set_attribute_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `intrusion_set_comments_hash_insert` BEFORE INSERT ON `intrusion_set_comments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `intrusion_set_comments_hash_update` BEFORE UPDATE ON `intrusion_set_comments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`uuid` <=> OLD.`uuid`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `report_sources_hash_insert` BEFORE INSERT ON `report_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`report_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `report` AS gs_p WHERE gs_p.`id` = NEW.`report_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `report_sources_hash_update` BEFORE UPDATE ON `report_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`report_id` <=> OLD.`report_id` AND NEW.`source_id` <=> OLD.`source_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`report_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `report` AS gs_p WHERE gs_p.`id` = NEW.`report_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `report_attributes_hash_insert` BEFORE INSERT ON `report_attributes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`report_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `report` AS gs_p WHERE gs_p.`id` = NEW.`report_id`) USING utf8mb4)) END, CASE WHEN NEW.`attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attributes` AS gs_p WHERE gs_p.`id` = NEW.`attribute_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `report_attributes_hash_update` BEFORE UPDATE ON `report_attributes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`report_id` <=> OLD.`report_id` AND NEW.`attribute_id` <=> OLD.`attribute_id` AND NEW.`value` <=> OLD.`value`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`report_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `report` AS gs_p WHERE gs_p.`id` = NEW.`report_id`) USING utf8mb4)) END, CASE WHEN NEW.`attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attributes` AS gs_p WHERE gs_p.`id` = NEW.`attribute_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `report_attributes_hash_cascade` AFTER UPDATE ON `report_attributes` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `report_attribute_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `report_attribute_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `report_attribute_sources_hash_insert` BEFORE INSERT ON `report_attribute_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`report_attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `report_attributes` AS gs_p WHERE gs_p.`id` = NEW.`report_attribute_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `report_attribute_sources_hash_update` BEFORE UPDATE ON `report_attribute_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`report_attribute_id` <=> OLD.`report_attribute_id` AND NEW.`source_id` <=> OLD.`source_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`report_attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `report_attributes` AS gs_p WHERE gs_p.`id` = NEW.`report_attribute_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `report_comments_hash_insert` BEFORE INSERT ON `report_comments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `report_comments_hash_update` BEFORE UPDATE ON `report_comments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`uuid` <=> OLD.`uuid`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `tool_sources_hash_insert` BEFORE INSERT ON `tool_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`tool_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `tool` AS gs_p WHERE gs_p.`id` = NEW.`tool_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `tool_sources_hash_update` BEFORE UPDATE ON `tool_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`tool_id` <=> OLD.`tool_id` AND NEW.`source_id` <=> OLD.`source_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`tool_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `tool` AS gs_p WHERE gs_p.`id` = NEW.`tool_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `tool_attributes_hash_insert` BEFORE INSERT ON `tool_attributes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`tool_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `tool` AS gs_p WHERE gs_p.`id` = NEW.`tool_id`) USING utf8mb4)) END, CASE WHEN NEW.`attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attributes` AS gs_p WHERE gs_p.`id` = NEW.`attribute_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `tool_attributes_hash_update` BEFORE UPDATE ON `tool_attributes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`tool_id` <=> OLD.`tool_id` AND NEW.`attribute_id` <=> OLD.`attribute_id` AND NEW.`value` <=> OLD.`value`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`tool_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `tool` AS gs_p WHERE gs_p.`id` = NEW.`tool_id`) USING utf8mb4)) END, CASE WHEN NEW.`attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attributes` AS gs_p WHERE gs_p.`id` = NEW.`attribute_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `tool_attributes_hash_cascade` AFTER UPDATE ON `tool_attributes` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `tool_attribute_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `tool_attribute_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `tool_attribute_sources_hash_insert` BEFORE INSERT ON `tool_attribute_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`tool_attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `tool_attributes` AS gs_p WHERE gs_p.`id` = NEW.`tool_attribute_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `tool_attribute_sources_hash_update` BEFORE UPDATE ON `tool_attribute_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`tool_attribute_id` <=> OLD.`tool_attribute_id` AND NEW.`source_id` <=> OLD.`source_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`tool_attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `tool_attributes` AS gs_p WHERE gs_p.`id` = NEW.`tool_attribute_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `tool_comments_hash_insert` BEFORE INSERT ON `tool_comments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `tool_comments_hash_update` BEFORE UPDATE ON `tool_comments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`uuid` <=> OLD.`uuid`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `ttp_sources_hash_insert` BEFORE INSERT ON `ttp_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`ttp_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `ttp` AS gs_p WHERE gs_p.`id` = NEW.`ttp_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `ttp_sources_hash_update` BEFORE UPDATE ON `ttp_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`ttp_id` <=> OLD.`ttp_id` AND NEW.`source_id` <=> OLD.`source_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`ttp_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `ttp` AS gs_p WHERE gs_p.`id` = NEW.`ttp_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `ttp_attributes_hash_insert` BEFORE INSERT ON `ttp_attributes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`ttp_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `ttp` AS gs_p WHERE gs_p.`id` = NEW.`ttp_id`) USING utf8mb4)) END, CASE WHEN NEW.`attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attributes` AS gs_p WHERE gs_p.`id` = NEW.`attribute_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `ttp_attributes_hash_update` BEFORE UPDATE ON `ttp_attributes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`ttp_id` <=> OLD.`ttp_id` AND NEW.`attribute_id` <=> OLD.`attribute_id` AND NEW.`value` <=> OLD.`value`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`ttp_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `ttp` AS gs_p WHERE gs_p.`id` = NEW.`ttp_id`) USING utf8mb4)) END, CASE WHEN NEW.`attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attributes` AS gs_p WHERE gs_p.`id` = NEW.`attribute_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `ttp_attributes_hash_cascade` AFTER UPDATE ON `ttp_attributes` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `ttp_attribute_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `ttp_attribute_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `ttp_attribute_sources_hash_insert` BEFORE INSERT ON `ttp_attribute_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`ttp_attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `ttp_attributes` AS gs_p WHERE gs_p.`id` = NEW.`ttp_attribute_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `ttp_attribute_sources_hash_update` BEFORE UPDATE ON `ttp_attribute_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`ttp_attribute_id` <=> OLD.`ttp_attribute_id` AND NEW.`source_id` <=> OLD.`source_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`ttp_attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `ttp_attributes` AS gs_p WHERE gs_p.`id` = NEW.`ttp_attribute_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `ttp_comments_hash_insert` BEFORE INSERT ON `ttp_comments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `ttp_comments_hash_update` BEFORE UPDATE ON `ttp_comments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`uuid` <=> OLD.`uuid`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `vulnerability_sources_hash_insert` BEFORE INSERT ON `vulnerability_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`vulnerability_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `vulnerability` AS gs_p WHERE gs_p.`id` = NEW.`vulnerability_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `vulnerability_sources_hash_update` BEFORE UPDATE ON `vulnerability_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`vulnerability_id` <=> OLD.`vulnerability_id` AND NEW.`source_id` <=> OLD.`source_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`vulnerability_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `vulnerability` AS gs_p WHERE gs_p.`id` = NEW.`vulnerability_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `vulnerability_attributes_hash_insert` BEFORE INSERT ON `vulnerability_attributes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`vulnerability_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `vulnerability` AS gs_p WHERE gs_p.`id` = NEW.`vulnerability_id`) USING utf8mb4)) END, CASE WHEN NEW.`attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attributes` AS gs_p WHERE gs_p.`id` = NEW.`attribute_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `vulnerability_attributes_hash_update` BEFORE UPDATE ON `vulnerability_attributes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`vulnerability_id` <=> OLD.`vulnerability_id` AND NEW.`attribute_id` <=> OLD.`attribute_id` AND NEW.`value` <=> OLD.`value`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`vulnerability_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `vulnerability` AS gs_p WHERE gs_p.`id` = NEW.`vulnerability_id`) USING utf8mb4)) END, CASE WHEN NEW.`attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attributes` AS gs_p WHERE gs_p.`id` = NEW.`attribute_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `vulnerability_attributes_hash_cascade` AFTER UPDATE ON `vulnerability_attributes` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `vulnerability_attribute_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `vulnerability_attribute_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `vulnerability_attribute_sources_hash_insert` BEFORE INSERT ON `vulnerability_attribute_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`vulnerability_attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `vulnerability_attributes` AS gs_p WHERE gs_p.`id` = NEW.`vulnerability_attribute_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `vulnerability_attribute_sources_hash_update` BEFORE UPDATE ON `vulnerability_attribute_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`vulnerability_attribute_id` <=> OLD.`vulnerability_attribute_id` AND NEW.`source_id` <=> OLD.`source_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`vulnerability_attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `vulnerability_attributes` AS gs_p WHERE gs_p.`id` = NEW.`vulnerability_attribute_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `vulnerability_comments_hash_insert` BEFORE INSERT ON `vulnerability_comments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `vulnerability_comments_hash_update` BEFORE UPDATE ON `vulnerability_comments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`uuid` <=> OLD.`uuid`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `asset_sources_hash_insert` BEFORE INSERT ON `asset_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`asset_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `asset` AS gs_p WHERE gs_p.`id` = NEW.`asset_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `asset_sources_hash_update` BEFORE UPDATE ON `asset_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`asset_id` <=> OLD.`asset_id` AND NEW.`source_id` <=> OLD.`source_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`asset_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `asset` AS gs_p WHERE gs_p.`id` = NEW.`asset_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `asset_attributes_hash_insert` BEFORE INSERT ON `asset_attributes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`asset_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `asset` AS gs_p WHERE gs_p.`id` = NEW.`asset_id`) USING utf8mb4)) END, CASE WHEN NEW.`attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attributes` AS gs_p WHERE gs_p.`id` = NEW.`attribute_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `asset_attributes_hash_update` BEFORE UPDATE ON `asset_attributes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`asset_id` <=> OLD.`asset_id` AND NEW.`attribute_id` <=> OLD.`attribute_id` AND NEW.`value` <=> OLD.`value`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`asset_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `asset` AS gs_p WHERE gs_p.`id` = NEW.`asset_id`) USING utf8mb4)) END, CASE WHEN NEW.`attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attributes` AS gs_p WHERE gs_p.`id` = NEW.`attribute_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `asset_attributes_hash_cascade` AFTER UPDATE ON `asset_attributes` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `asset_attribute_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `asset_attribute_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `asset_attribute_sources_hash_insert` BEFORE INSERT ON `asset_attribute_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`asset_attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `asset_attributes` AS gs_p WHERE gs_p.`id` = NEW.`asset_attribute_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `asset_attribute_sources_hash_update` BEFORE UPDATE ON `asset_attribute_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`asset_attribute_id` <=> OLD.`asset_attribute_id` AND NEW.`source_id` <=> OLD.`source_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`asset_attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `asset_attributes` AS gs_p WHERE gs_p.`id` = NEW.`asset_attribute_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `asset_comments_hash_insert` BEFORE INSERT ON `asset_comments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `asset_comments_hash_update` BEFORE UPDATE ON `asset_comments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`uuid` <=> OLD.`uuid`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `note_sources_hash_insert` BEFORE INSERT ON `note_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`note_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `note` AS gs_p WHERE gs_p.`id` = NEW.`note_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `note_sources_hash_update` BEFORE UPDATE ON `note_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`note_id` <=> OLD.`note_id` AND NEW.`source_id` <=> OLD.`source_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`note_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `note` AS gs_p WHERE gs_p.`id` = NEW.`note_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `note_attributes_hash_insert` BEFORE INSERT ON `note_attributes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`note_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `note` AS gs_p WHERE gs_p.`id` = NEW.`note_id`) USING utf8mb4)) END, CASE WHEN NEW.`attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attributes` AS gs_p WHERE gs_p.`id` = NEW.`attribute_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `note_attributes_hash_update` BEFORE UPDATE ON `note_attributes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`note_id` <=> OLD.`note_id` AND NEW.`attribute_id` <=> OLD.`attribute_id` AND NEW.`value` <=> OLD.`value`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`note_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `note` AS gs_p WHERE gs_p.`id` = NEW.`note_id`) USING utf8mb4)) END, CASE WHEN NEW.`attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attributes` AS gs_p WHERE gs_p.`id` = NEW.`attribute_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `note_attributes_hash_cascade` AFTER UPDATE ON `note_attributes` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `note_attribute_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `note_attribute_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `note_attribute_sources_hash_insert` BEFORE INSERT ON `note_attribute_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`note_attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `note_attributes` AS gs_p WHERE gs_p.`id` = NEW.`note_attribute_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `note_attribute_sources_hash_update` BEFORE UPDATE ON `note_attribute_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`note_attribute_id` <=> OLD.`note_attribute_id` AND NEW.`source_id` <=> OLD.`source_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`note_attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `note_attributes` AS gs_p WHERE gs_p.`id` = NEW.`note_attribute_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `note_comments_hash_insert` BEFORE INSERT ON `note_comments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `note_comments_hash_update` BEFORE UPDATE ON `note_comments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`uuid` <=> OLD.`uuid`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `task_sources_hash_insert` BEFORE INSERT ON `task_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`task_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `tasks` AS gs_p WHERE gs_p.`id` = NEW.`task_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `task_sources_hash_update` BEFORE UPDATE ON `task_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`task_id` <=> OLD.`task_id` AND NEW.`source_id` <=> OLD.`source_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`task_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `tasks` AS gs_p WHERE gs_p.`id` = NEW.`task_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `task_attributes_hash_insert` BEFORE INSERT ON `task_attributes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`task_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `tasks` AS gs_p WHERE gs_p.`id` = NEW.`task_id`) USING utf8mb4)) END, CASE WHEN NEW.`attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attributes` AS gs_p WHERE gs_p.`id` = NEW.`attribute_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `task_attributes_hash_update` BEFORE UPDATE ON `task_attributes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`task_id` <=> OLD.`task_id` AND NEW.`attribute_id` <=> OLD.`attribute_id` AND NEW.`value` <=> OLD.`value`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`task_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `tasks` AS gs_p WHERE gs_p.`id` = NEW.`task_id`) USING utf8mb4)) END, CASE WHEN NEW.`attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attributes` AS gs_p WHERE gs_p.`id` = NEW.`attribute_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `task_attributes_hash_cascade` AFTER UPDATE ON `task_attributes` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `task_attribute_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `task_attribute_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `task_attribute_sources_hash_insert` BEFORE INSERT ON `task_attribute_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`task_attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `task_attributes` AS gs_p WHERE gs_p.`id` = NEW.`task_attribute_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `task_attribute_sources_hash_update` BEFORE UPDATE ON `task_attribute_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`task_attribute_id` <=> OLD.`task_attribute_id` AND NEW.`source_id` <=> OLD.`source_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`task_attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `task_attributes` AS gs_p WHERE gs_p.`id` = NEW.`task_attribute_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `task_comments_hash_insert` BEFORE INSERT ON `task_comments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `task_comments_hash_update` BEFORE UPDATE ON `task_comments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`uuid` <=> OLD.`uuid`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `object_links_hash_insert` BEFORE INSERT ON `object_links` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(substr(least(CASE NEW.`src_type` WHEN 'adversary' THEN concat('0009:adversary', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `adversaries` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'asset' THEN concat('0015:asset', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `asset` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'attachment' THEN concat('00210:attachment', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attachments` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'attack_pattern' THEN concat('00314:attack_pattern', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attack_pattern` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'campaign' THEN concat('0048:campaign', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `campaign` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'course_of_action' THEN concat('00516:course_of_action', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `course_of_action` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'event' THEN concat('0065:event', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `events` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'exploit_target' THEN concat('00714:exploit_target', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `exploit_target` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'identity' THEN concat('0088:identity', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `identity` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'incident' THEN concat('0098:incident', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `incident` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'indicator' THEN concat('0109:indicator', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `indicators` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'infrastructure' THEN concat('01114:infrastructure', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `infrastructure` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'intrusion_set' THEN concat('01213:intrusion_set', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `intrusion_set` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'malware' THEN concat('0137:malware', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `malware` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'note' THEN concat('0144:note', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `note` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'report' THEN concat('0156:report', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `report` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'signature' THEN concat('0169:signature', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `signatures` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'task' THEN concat('0174:task', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `tasks` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'tool' THEN concat('0184:tool', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `tool` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'ttp' THEN concat('0193:ttp', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `ttp` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'vulnerability' THEN concat('02013:vulnerability', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `vulnerability` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) END COLLATE utf8mb4_bin, CASE NEW.`dest_type` WHEN 'adversary' THEN concat('0009:adversary', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `adversaries` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'asset' THEN concat('0015:asset', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `asset` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'attachment' THEN concat('00210:attachment', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attachments` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'attack_pattern' THEN concat('00314:attack_pattern', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attack_pattern` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'campaign' THEN concat('0048:campaign', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `campaign` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'course_of_action' THEN concat('00516:course_of_action', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `course_of_action` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'event' THEN concat('0065:event', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `events` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'exploit_target' THEN concat('00714:exploit_target', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `exploit_target` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'identity' THEN concat('0088:identity', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `identity` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'incident' THEN concat('0098:incident', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `incident` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'indicator' THEN concat('0109:indicator', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `indicators` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'infrastructure' THEN concat('01114:infrastructure', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `infrastructure` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'intrusion_set' THEN concat('01213:intrusion_set', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `intrusion_set` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'malware' THEN concat('0137:malware', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `malware` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'note' THEN concat('0144:note', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `note` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'report' THEN concat('0156:report', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `report` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'signature' THEN concat('0169:signature', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `signatures` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'task' THEN concat('0174:task', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `tasks` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'tool' THEN concat('0184:tool', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `tool` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'ttp' THEN concat('0193:ttp', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `ttp` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'vulnerability' THEN concat('02013:vulnerability', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `vulnerability` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) END COLLATE utf8mb4_bin), 4), substr(greatest(CASE NEW.`src_type` WHEN 'adversary' THEN concat('0009:adversary', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `adversaries` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'asset' THEN concat('0015:asset', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `asset` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'attachment' THEN concat('00210:attachment', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attachments` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'attack_pattern' THEN concat('00314:attack_pattern', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attack_pattern` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'campaign' THEN concat('0048:campaign', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `campaign` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'course_of_action' THEN concat('00516:course_of_action', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `course_of_action` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'event' THEN concat('0065:event', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `events` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'exploit_target' THEN concat('00714:exploit_target', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `exploit_target` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'identity' THEN concat('0088:identity', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `identity` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'incident' THEN concat('0098:incident', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `incident` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'indicator' THEN concat('0109:indicator', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `indicators` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'infrastructure' THEN concat('01114:infrastructure', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `infrastructure` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'intrusion_set' THEN concat('01213:intrusion_set', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `intrusion_set` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'malware' THEN concat('0137:malware', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `malware` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'note' THEN concat('0144:note', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `note` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'report' THEN concat('0156:report', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `report` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'signature' THEN concat('0169:signature', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `signatures` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'task' THEN concat('0174:task', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `tasks` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'tool' THEN concat('0184:tool', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `tool` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'ttp' THEN concat('0193:ttp', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `ttp` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'vulnerability' THEN concat('02013:vulnerability', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `vulnerability` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) END COLLATE utf8mb4_bin, CASE NEW.`dest_type` WHEN 'adversary' THEN concat('0009:adversary', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `adversaries` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'asset' THEN concat('0015:asset', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `asset` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'attachment' THEN concat('00210:attachment', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attachments` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'attack_pattern' THEN concat('00314:attack_pattern', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attack_pattern` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'campaign' THEN concat('0048:campaign', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `campaign` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'course_of_action' THEN concat('00516:course_of_action', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `course_of_action` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'event' THEN concat('0065:event', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `events` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'exploit_target' THEN concat('00714:exploit_target', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `exploit_target` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'identity' THEN concat('0088:identity', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `identity` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'incident' THEN concat('0098:incident', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `incident` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'indicator' THEN concat('0109:indicator', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `indicators` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'infrastructure' THEN concat('01114:infrastructure', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `infrastructure` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'intrusion_set' THEN concat('01213:intrusion_set', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `intrusion_set` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'malware' THEN concat('0137:malware', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `malware` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'note' THEN concat('0144:note', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `note` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'report' THEN concat('0156:report', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `report` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'signature' THEN concat('0169:signature', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `signatures` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'task' THEN concat('0174:task', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `tasks` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'tool' THEN concat('0184:tool', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `tool` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'ttp' THEN concat('0193:ttp', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `ttp` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'vulnerability' THEN concat('02013:vulnerability', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `vulnerability` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) END COLLATE utf8mb4_bin), 4)));
    END IF;
END//

CREATE TRIGGER `object_links_hash_update` BEFORE UPDATE ON `object_links` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`src_type` <=> OLD.`src_type` AND NEW.`src_object_id` <=> OLD.`src_object_id` AND NEW.`dest_type` <=> OLD.`dest_type` AND NEW.`dest_object_id` <=> OLD.`dest_object_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(substr(least(CASE NEW.`src_type` WHEN 'adversary' THEN concat('0009:adversary', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `adversaries` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'asset' THEN concat('0015:asset', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `asset` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'attachment' THEN concat('00210:attachment', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attachments` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'attack_pattern' THEN concat('00314:attack_pattern', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attack_pattern` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'campaign' THEN concat('0048:campaign', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `campaign` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'course_of_action' THEN concat('00516:course_of_action', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `course_of_action` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'event' THEN concat('0065:event', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `events` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'exploit_target' THEN concat('00714:exploit_target', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `exploit_target` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'identity' THEN concat('0088:identity', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `identity` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'incident' THEN concat('0098:incident', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `incident` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'indicator' THEN concat('0109:indicator', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `indicators` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'infrastructure' THEN concat('01114:infrastructure', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `infrastructure` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'intrusion_set' THEN concat('01213:intrusion_set', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `intrusion_set` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'malware' THEN concat('0137:malware', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `malware` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'note' THEN concat('0144:note', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `note` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'report' THEN concat('0156:report', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `report` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'signature' THEN concat('0169:signature', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `signatures` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'task' THEN concat('0174:task', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `tasks` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'tool' THEN concat('0184:tool', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `tool` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'ttp' THEN concat('0193:ttp', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `ttp` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'vulnerability' THEN concat('02013:vulnerability', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `vulnerability` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) END COLLATE utf8mb4_bin, CASE NEW.`dest_type` WHEN 'adversary' THEN concat('0009:adversary', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `adversaries` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'asset' THEN concat('0015:asset', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `asset` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'attachment' THEN concat('00210:attachment', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attachments` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'attack_pattern' THEN concat('00314:attack_pattern', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attack_pattern` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'campaign' THEN concat('0048:campaign', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `campaign` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'course_of_action' THEN concat('00516:course_of_action', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `course_of_action` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'event' THEN concat('0065:event', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `events` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'exploit_target' THEN concat('00714:exploit_target', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `exploit_target` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'identity' THEN concat('0088:identity', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `identity` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'incident' THEN concat('0098:incident', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `incident` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'indicator' THEN concat('0109:indicator', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `indicators` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'infrastructure' THEN concat('01114:infrastructure', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `infrastructure` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'intrusion_set' THEN concat('01213:intrusion_set', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `intrusion_set` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'malware' THEN concat('0137:malware', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `malware` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'note' THEN concat('0144:note', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `note` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'report' THEN concat('0156:report', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `report` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'signature' THEN concat('0169:signature', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `signatures` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'task' THEN concat('0174:task', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `tasks` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'tool' THEN concat('0184:tool', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `tool` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'ttp' THEN concat('0193:ttp', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `ttp` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'vulnerability' THEN concat('02013:vulnerability', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `vulnerability` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) END COLLATE utf8mb4_bin), 4), substr(greatest(CASE NEW.`src_type` WHEN 'adversary' THEN concat('0009:adversary', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `adversaries` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'asset' THEN concat('0015:asset', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `asset` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'attachment' THEN concat('00210:attachment', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attachments` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'attack_pattern' THEN concat('00314:attack_pattern', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attack_pattern` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'campaign' THEN concat('0048:campaign', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `campaign` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'course_of_action' THEN concat('00516:course_of_action', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `course_of_action` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'event' THEN concat('0065:event', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `events` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'exploit_target' THEN concat('00714:exploit_target', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `exploit_target` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'identity' THEN concat('0088:identity', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `identity` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'incident' THEN concat('0098:incident', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `incident` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'indicator' THEN concat('0109:indicator', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `indicators` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'infrastructure' THEN concat('01114:infrastructure', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `infrastructure` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'intrusion_set' THEN concat('01213:intrusion_set', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `intrusion_set` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'malware' THEN concat('0137:malware', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `malware` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'note' THEN concat('0144:note', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `note` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'report' THEN concat('0156:report', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `report` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'signature' THEN concat('0169:signature', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `signatures` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'task' THEN concat('0174:task', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `tasks` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'tool' THEN concat('0184:tool', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `tool` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'ttp' THEN concat('0193:ttp', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `ttp` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) WHEN 'vulnerability' THEN concat('02013:vulnerability', CASE WHEN NEW.`src_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `vulnerability` AS gs_p WHERE gs_p.`id` = NEW.`src_object_id`) USING utf8mb4)) END) END COLLATE utf8mb4_bin, CASE NEW.`dest_type` WHEN 'adversary' THEN concat('0009:adversary', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `adversaries` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'asset' THEN concat('0015:asset', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `asset` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'attachment' THEN concat('00210:attachment', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attachments` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'attack_pattern' THEN concat('00314:attack_pattern', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attack_pattern` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'campaign' THEN concat('0048:campaign', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `campaign` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'course_of_action' THEN concat('00516:course_of_action', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `course_of_action` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'event' THEN concat('0065:event', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `events` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'exploit_target' THEN concat('00714:exploit_target', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `exploit_target` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'identity' THEN concat('0088:identity', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `identity` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'incident' THEN concat('0098:incident', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `incident` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'indicator' THEN concat('0109:indicator', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `indicators` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'infrastructure' THEN concat('01114:infrastructure', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `infrastructure` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'intrusion_set' THEN concat('01213:intrusion_set', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `intrusion_set` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'malware' THEN concat('0137:malware', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `malware` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'note' THEN concat('0144:note', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `note` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'report' THEN concat('0156:report', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `report` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'signature' THEN concat('0169:signature', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `signatures` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'task' THEN concat('0174:task', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `tasks` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'tool' THEN concat('0184:tool', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `tool` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'ttp' THEN concat('0193:ttp', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `ttp` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) WHEN 'vulnerability' THEN concat('02013:vulnerability', CASE WHEN NEW.`dest_object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `vulnerability` AS gs_p WHERE gs_p.`id` = NEW.`dest_object_id`) USING utf8mb4)) END) END COLLATE utf8mb4_bin), 4)));
    END IF;
END//

CREATE TRIGGER `object_links_hash_cascade` AFTER UPDATE ON `object_links` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `object_link_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_link_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
        UPDATE `object_link_attributes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_link_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `object_link_sources_hash_insert` BEFORE INSERT ON `object_link_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`object_link_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `object_links` AS gs_p WHERE gs_p.`id` = NEW.`object_link_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `object_link_sources_hash_update` BEFORE UPDATE ON `object_link_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`object_link_id` <=> OLD.`object_link_id` AND NEW.`source_id` <=> OLD.`source_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`object_link_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `object_links` AS gs_p WHERE gs_p.`id` = NEW.`object_link_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `object_link_attributes_hash_insert` BEFORE INSERT ON `object_link_attributes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`object_link_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `object_links` AS gs_p WHERE gs_p.`id` = NEW.`object_link_id`) USING utf8mb4)) END, CASE WHEN NEW.`attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attributes` AS gs_p WHERE gs_p.`id` = NEW.`attribute_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `object_link_attributes_hash_update` BEFORE UPDATE ON `object_link_attributes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`object_link_id` <=> OLD.`object_link_id` AND NEW.`attribute_id` <=> OLD.`attribute_id` AND NEW.`value` <=> OLD.`value`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`object_link_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `object_links` AS gs_p WHERE gs_p.`id` = NEW.`object_link_id`) USING utf8mb4)) END, CASE WHEN NEW.`attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `attributes` AS gs_p WHERE gs_p.`id` = NEW.`attribute_id`) USING utf8mb4)) END, coalesce(concat(length(CONVERT(NEW.`value` USING utf8mb4)), ':', CONVERT(NEW.`value` USING utf8mb4)), '-')));
    END IF;
END//

CREATE TRIGGER `object_link_attributes_hash_cascade` AFTER UPDATE ON `object_link_attributes` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `object_link_attribute_sources` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `object_link_attribute_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `object_link_attribute_sources_hash_insert` BEFORE INSERT ON `object_link_attribute_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`object_link_attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `object_link_attributes` AS gs_p WHERE gs_p.`id` = NEW.`object_link_attribute_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `object_link_attribute_sources_hash_update` BEFORE UPDATE ON `object_link_attribute_sources` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`object_link_attribute_id` <=> OLD.`object_link_attribute_id` AND NEW.`source_id` <=> OLD.`source_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`object_link_attribute_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `object_link_attributes` AS gs_p WHERE gs_p.`id` = NEW.`object_link_attribute_id`) USING utf8mb4)) END, CASE WHEN NEW.`source_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `sources` AS gs_p WHERE gs_p.`id` = NEW.`source_id`) USING utf8mb4)) END));
    END IF;
END//

CREATE TRIGGER `object_link_comments_hash_insert` BEFORE INSERT ON `object_link_comments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `object_link_comments_hash_update` BEFORE UPDATE ON `object_link_comments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`uuid` <=> OLD.`uuid`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `tagged_objects_hash_insert` BEFORE INSERT ON `tagged_objects` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`tag_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `tags` AS gs_p WHERE gs_p.`id` = NEW.`tag_id`) USING utf8mb4)) END, concat(coalesce(concat(length(CONVERT(NEW.`object_type` USING utf8mb4)), ':', CONVERT(NEW.`object_type` USING utf8mb4)), '-'), CASE WHEN NEW.`object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT(CASE NEW.`object_type` WHEN 'adversary' THEN (SELECT gs_p.`sync_hash` FROM `adversaries` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'asset' THEN (SELECT gs_p.`sync_hash` FROM `asset` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'attachment' THEN (SELECT gs_p.`sync_hash` FROM `attachments` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'attack_pattern' THEN (SELECT gs_p.`sync_hash` FROM `attack_pattern` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'campaign' THEN (SELECT gs_p.`sync_hash` FROM `campaign` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'course_of_action' THEN (SELECT gs_p.`sync_hash` FROM `course_of_action` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'event' THEN (SELECT gs_p.`sync_hash` FROM `events` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'exploit_target' THEN (SELECT gs_p.`sync_hash` FROM `exploit_target` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'identity' THEN (SELECT gs_p.`sync_hash` FROM `identity` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'incident' THEN (SELECT gs_p.`sync_hash` FROM `incident` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'indicator' THEN (SELECT gs_p.`sync_hash` FROM `indicators` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'infrastructure' THEN (SELECT gs_p.`sync_hash` FROM `infrastructure` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'intrusion_set' THEN (SELECT gs_p.`sync_hash` FROM `intrusion_set` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'malware' THEN (SELECT gs_p.`sync_hash` FROM `malware` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'note' THEN (SELECT gs_p.`sync_hash` FROM `note` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'report' THEN (SELECT gs_p.`sync_hash` FROM `report` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'signature' THEN (SELECT gs_p.`sync_hash` FROM `signatures` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'task' THEN (SELECT gs_p.`sync_hash` FROM `tasks` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'tool' THEN (SELECT gs_p.`sync_hash` FROM `tool` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'ttp' THEN (SELECT gs_p.`sync_hash` FROM `ttp` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'vulnerability' THEN (SELECT gs_p.`sync_hash` FROM `vulnerability` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) END USING utf8mb4)) END)));
    END IF;
END//

CREATE TRIGGER `tagged_objects_hash_update` BEFORE UPDATE ON `tagged_objects` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`tag_id` <=> OLD.`tag_id` AND NEW.`object_type` <=> OLD.`object_type` AND NEW.`object_id` <=> OLD.`object_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`tag_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `tags` AS gs_p WHERE gs_p.`id` = NEW.`tag_id`) USING utf8mb4)) END, concat(coalesce(concat(length(CONVERT(NEW.`object_type` USING utf8mb4)), ':', CONVERT(NEW.`object_type` USING utf8mb4)), '-'), CASE WHEN NEW.`object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT(CASE NEW.`object_type` WHEN 'adversary' THEN (SELECT gs_p.`sync_hash` FROM `adversaries` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'asset' THEN (SELECT gs_p.`sync_hash` FROM `asset` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'attachment' THEN (SELECT gs_p.`sync_hash` FROM `attachments` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'attack_pattern' THEN (SELECT gs_p.`sync_hash` FROM `attack_pattern` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'campaign' THEN (SELECT gs_p.`sync_hash` FROM `campaign` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'course_of_action' THEN (SELECT gs_p.`sync_hash` FROM `course_of_action` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'event' THEN (SELECT gs_p.`sync_hash` FROM `events` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'exploit_target' THEN (SELECT gs_p.`sync_hash` FROM `exploit_target` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'identity' THEN (SELECT gs_p.`sync_hash` FROM `identity` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'incident' THEN (SELECT gs_p.`sync_hash` FROM `incident` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'indicator' THEN (SELECT gs_p.`sync_hash` FROM `indicators` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'infrastructure' THEN (SELECT gs_p.`sync_hash` FROM `infrastructure` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'intrusion_set' THEN (SELECT gs_p.`sync_hash` FROM `intrusion_set` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'malware' THEN (SELECT gs_p.`sync_hash` FROM `malware` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'note' THEN (SELECT gs_p.`sync_hash` FROM `note` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'report' THEN (SELECT gs_p.`sync_hash` FROM `report` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'signature' THEN (SELECT gs_p.`sync_hash` FROM `signatures` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'task' THEN (SELECT gs_p.`sync_hash` FROM `tasks` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'tool' THEN (SELECT gs_p.`sync_hash` FROM `tool` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'ttp' THEN (SELECT gs_p.`sync_hash` FROM `ttp` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'vulnerability' THEN (SELECT gs_p.`sync_hash` FROM `vulnerability` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) END USING utf8mb4)) END)));
    END IF;
END//

CREATE TRIGGER `investigations_hash_insert` BEFORE INSERT ON `investigations` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `investigations_hash_update` BEFORE UPDATE ON `investigations` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`uuid` <=> OLD.`uuid`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `investigations_hash_cascade` AFTER UPDATE ON `investigations` FOR EACH ROW
BEGIN
    IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN
        UPDATE `investigation_nodes` SET `sync_hash` = NULL, `updated_at` = utc_timestamp(6) WHERE `investigation_id` = NEW.`id` AND `sync_hash` IS NOT NULL;
    END IF;
END//

CREATE TRIGGER `investigation_nodes_hash_insert` BEFORE INSERT ON `investigation_nodes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`investigation_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `investigations` AS gs_p WHERE gs_p.`id` = NEW.`investigation_id`) USING utf8mb4)) END, concat(coalesce(concat(length(CONVERT(NEW.`object_type` USING utf8mb4)), ':', CONVERT(NEW.`object_type` USING utf8mb4)), '-'), CASE WHEN NEW.`object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT(CASE NEW.`object_type` WHEN 'adversary' THEN (SELECT gs_p.`sync_hash` FROM `adversaries` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'asset' THEN (SELECT gs_p.`sync_hash` FROM `asset` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'attachment' THEN (SELECT gs_p.`sync_hash` FROM `attachments` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'attack_pattern' THEN (SELECT gs_p.`sync_hash` FROM `attack_pattern` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'campaign' THEN (SELECT gs_p.`sync_hash` FROM `campaign` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'course_of_action' THEN (SELECT gs_p.`sync_hash` FROM `course_of_action` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'event' THEN (SELECT gs_p.`sync_hash` FROM `events` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'exploit_target' THEN (SELECT gs_p.`sync_hash` FROM `exploit_target` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'identity' THEN (SELECT gs_p.`sync_hash` FROM `identity` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'incident' THEN (SELECT gs_p.`sync_hash` FROM `incident` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'indicator' THEN (SELECT gs_p.`sync_hash` FROM `indicators` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'infrastructure' THEN (SELECT gs_p.`sync_hash` FROM `infrastructure` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'intrusion_set' THEN (SELECT gs_p.`sync_hash` FROM `intrusion_set` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'malware' THEN (SELECT gs_p.`sync_hash` FROM `malware` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'note' THEN (SELECT gs_p.`sync_hash` FROM `note` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'report' THEN (SELECT gs_p.`sync_hash` FROM `report` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'signature' THEN (SELECT gs_p.`sync_hash` FROM `signatures` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'task' THEN (SELECT gs_p.`sync_hash` FROM `tasks` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'tool' THEN (SELECT gs_p.`sync_hash` FROM `tool` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'ttp' THEN (SELECT gs_p.`sync_hash` FROM `ttp` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'vulnerability' THEN (SELECT gs_p.`sync_hash` FROM `vulnerability` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) END USING utf8mb4)) END)));
    END IF;
END//

CREATE TRIGGER `investigation_nodes_hash_update` BEFORE UPDATE ON `investigation_nodes` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`investigation_id` <=> OLD.`investigation_id` AND NEW.`object_type` <=> OLD.`object_type` AND NEW.`object_id` <=> OLD.`object_id`)) THEN
        SET NEW.`sync_hash` = md5(concat(CASE WHEN NEW.`investigation_id` IS NULL THEN '-' ELSE concat('32:', CONVERT((SELECT gs_p.`sync_hash` FROM `investigations` AS gs_p WHERE gs_p.`id` = NEW.`investigation_id`) USING utf8mb4)) END, concat(coalesce(concat(length(CONVERT(NEW.`object_type` USING utf8mb4)), ':', CONVERT(NEW.`object_type` USING utf8mb4)), '-'), CASE WHEN NEW.`object_id` IS NULL THEN '-' ELSE concat('32:', CONVERT(CASE NEW.`object_type` WHEN 'adversary' THEN (SELECT gs_p.`sync_hash` FROM `adversaries` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'asset' THEN (SELECT gs_p.`sync_hash` FROM `asset` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'attachment' THEN (SELECT gs_p.`sync_hash` FROM `attachments` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'attack_pattern' THEN (SELECT gs_p.`sync_hash` FROM `attack_pattern` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'campaign' THEN (SELECT gs_p.`sync_hash` FROM `campaign` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'course_of_action' THEN (SELECT gs_p.`sync_hash` FROM `course_of_action` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'event' THEN (SELECT gs_p.`sync_hash` FROM `events` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'exploit_target' THEN (SELECT gs_p.`sync_hash` FROM `exploit_target` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'identity' THEN (SELECT gs_p.`sync_hash` FROM `identity` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'incident' THEN (SELECT gs_p.`sync_hash` FROM `incident` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'indicator' THEN (SELECT gs_p.`sync_hash` FROM `indicators` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'infrastructure' THEN (SELECT gs_p.`sync_hash` FROM `infrastructure` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'intrusion_set' THEN (SELECT gs_p.`sync_hash` FROM `intrusion_set` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'malware' THEN (SELECT gs_p.`sync_hash` FROM `malware` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'note' THEN (SELECT gs_p.`sync_hash` FROM `note` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'report' THEN (SELECT gs_p.`sync_hash` FROM `report` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'signature' THEN (SELECT gs_p.`sync_hash` FROM `signatures` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'task' THEN (SELECT gs_p.`sync_hash` FROM `tasks` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'tool' THEN (SELECT gs_p.`sync_hash` FROM `tool` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'ttp' THEN (SELECT gs_p.`sync_hash` FROM `ttp` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) WHEN 'vulnerability' THEN (SELECT gs_p.`sync_hash` FROM `vulnerability` AS gs_p WHERE gs_p.`id` = NEW.`object_id`) END USING utf8mb4)) END)));
    END IF;
END//

CREATE TRIGGER `investigation_timelines_hash_insert` BEFORE INSERT ON `investigation_timelines` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `investigation_timelines_hash_update` BEFORE UPDATE ON `investigation_timelines` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`uuid` <=> OLD.`uuid`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `investigation_comments_hash_insert` BEFORE INSERT ON `investigation_comments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
    END IF;
END//

CREATE TRIGGER `investigation_comments_hash_update` BEFORE UPDATE ON `investigation_comments` FOR EACH ROW
BEGIN
    IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT (NEW.`uuid` <=> OLD.`uuid`)) THEN
        SET NEW.`sync_hash` = md5(coalesce(concat(length(CONVERT(lower(NEW.`uuid`) USING utf8mb4)), ':', CONVERT(lower(NEW.`uuid`) USING utf8mb4)), '-'));
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
