INSERT INTO artists (id, name, description, updated_at) VALUES (11, 'A', 'first', '2024-01-01 00:00:00'), (12, 'B', NULL, '2024-01-02 00:00:00');
INSERT INTO "Album" ("AlbumId", "Title", artist_id, "LastUpdate") VALUES (5, 'Greatest', 11, '2024-02-01 00:00:00'), (6, 'Greatest', 12, '2024-02-02 00:00:00'), (7, 'Other', 12, '2024-02-03 00:00:00');
INSERT INTO genres (id, name) VALUES (3, 'rock'), (4, 'folk');
INSERT INTO tracks (id, uuid, album_id, name, genre_id) VALUES (1, '11111111-1111-4111-8111-111111111111', 5, 'one', 3), (2, '22222222-2222-4222-8222-222222222222', 7, 'two', 0), (3, '33333333-3333-4333-8333-333333333333', NULL, 'two', 4);
INSERT INTO playlist_tracks (playlist, track) VALUES (1, 1), (1, 2);
INSERT INTO users (id, email, password, manager_id) VALUES (8, 'a@example.org', 'x', NULL), (9, 'b@example.org', 'y', 8);
INSERT INTO visits (id, "when", staff_id) VALUES (1, 'monday', NULL), (2, 'tuesday', NULL);
INSERT INTO log (id, line, level) VALUES (1, 'same', 1), (2, 'same', 1), (3, 'other', 1);
