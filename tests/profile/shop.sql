CREATE TABLE artists (id @id, name varchar(80) NOT NULL UNIQUE, description varchar(200), updated_at @time NOT NULL);
CREATE TABLE "Album" ("AlbumId" @id, "Title" varchar(80) NOT NULL, artist_id int NOT NULL REFERENCES artists (id), "LastUpdate" @time NOT NULL);
CREATE TABLE genres (id @id, name varchar(40) NOT NULL UNIQUE);
CREATE TABLE tracks (id @id, uuid char(36) NOT NULL, album_id int, name varchar(80), genre_id int NOT NULL DEFAULT 0, UNIQUE (uuid));
CREATE TABLE playlist_tracks (playlist int NOT NULL, track int NOT NULL, PRIMARY KEY (playlist, track));
CREATE TABLE users (id @id, email varchar(80) NOT NULL UNIQUE, password varchar(80) NOT NULL, manager_id int REFERENCES users (id));
CREATE TABLE stores (id @id, name varchar(40) NOT NULL UNIQUE, chief_id int NOT NULL @inline);
CREATE TABLE staff (id @id, name varchar(40) NOT NULL UNIQUE, store_id int NOT NULL REFERENCES stores (id));
@later
CREATE TABLE orders (id @id, code varchar(40) NOT NULL UNIQUE, staff_id int NOT NULL REFERENCES staff (id));
CREATE TABLE visits (id @id, "when" varchar(40) NOT NULL UNIQUE, staff_id int REFERENCES staff (id));
CREATE TABLE log (id @id, line varchar(80), level int);
