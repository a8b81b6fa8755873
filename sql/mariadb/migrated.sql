-- The files that `migrate` has put into the tables of this database. Can be run again.
CREATE TABLE IF NOT EXISTS `gapsync_migrated` (
    `id` BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `pipeline` VARCHAR(64) NOT NULL,
    `path` TEXT NOT NULL,
    `sha256` VARCHAR(64) NOT NULL,
    `bytes` BIGINT NOT NULL,
    `records` BIGINT NOT NULL,
    `fates` LONGTEXT NOT NULL,
    `days` LONGTEXT NOT NULL,
    `run_id` BIGINT NOT NULL,
    `migrated_at` DATETIME(6) NOT NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
