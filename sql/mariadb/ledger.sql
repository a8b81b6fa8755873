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
