# sqlite3: a 100,000-row script.
cat >s.sql <<'END'
CREATE TABLE t(id INTEGER PRIMARY KEY, a INTEGER, b TEXT, c REAL);
BEGIN;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 100000)
INSERT INTO t SELECT i, (i * 7919) % 10007, 'row' || (i % 997), i / 7.0 FROM n;
COMMIT;
CREATE INDEX ia ON t(a); CREATE INDEX ib ON t(b);
SELECT count(*), sum(a), round(avg(c), 6), min(b), max(b) FROM t;
SELECT b, count(*) n, round(sum(c), 3) FROM t GROUP BY b ORDER BY n DESC, b LIMIT 10;
SELECT x.id, y.id FROM t x JOIN t y ON x.a = y.a AND x.id < y.id WHERE x.a < 20 ORDER BY 1, 2 LIMIT 40;
UPDATE t SET a = a + 1 WHERE id % 3 = 0; DELETE FROM t WHERE a % 5 = 0;
SELECT count(*), sum(a) FROM t;
SELECT substr(b, 4), length(b), upper(b), hex(b) FROM t WHERE b LIKE '%99%' ORDER BY id LIMIT 5;
SELECT group_concat(a) FROM (SELECT a FROM t ORDER BY c DESC LIMIT 20);
SELECT json_group_array(json_object('i', id, 'c', c)) FROM (SELECT * FROM t LIMIT 5);
SELECT id, row_number() OVER (PARTITION BY b ORDER BY c DESC) r FROM t ORDER BY b, r LIMIT 10;
CREATE VIRTUAL TABLE f USING fts5(x); INSERT INTO f SELECT b || ' word' || (id % 50) FROM t LIMIT 5000;
SELECT count(*) FROM f WHERE f MATCH 'word7'; SELECT printf('%.15g', sqrt(2)), 1e308 * 10, 9223372036854775807 + 1;
PRAGMA integrity_check; VACUUM; SELECT count(*) FROM sqlite_master;
END
sqlite3 db <s.sql; echo $?; sqlite3 db .dump | cksum; sqlite3 -csv db 'SELECT * FROM t LIMIT 1000' | cksum
sqlite3 db 'SELECT nonsense FROM t' 2>&1; echo $?; rm db
