-- A journal of schema version 1 with a run that went through and one that was cut off.
-- Made by syncd's own code of that version, and frozen: `tests/unit/test_migrations.py`.
BEGIN TRANSACTION;
CREATE TABLE applied (
	"key" TEXT NOT NULL, 
	body TEXT NOT NULL, 
	at VARCHAR(32) NOT NULL, 
	PRIMARY KEY ("key")
);
INSERT INTO "applied" VALUES('account:legacy/17','{"kind":"account","ref":"legacy/17","owner":"alma@archer.example","email":"alma@archer.example","status":"Active","billing_contact":"","language":"","profile":{}}','2026-03-01T03:15:01+00:00');
INSERT INTO "applied" VALUES('contact:legacy/117','{"kind":"contact","account":"legacy/17","contact_id":"legacy/117","email":"dana@archer.example","preferences":["invoice"],"profile":{"first_name":"Dana","last_name":"Archer"}}','2026-03-01T03:15:01+00:00');
INSERT INTO "applied" VALUES('membership:legacy/17:dana@archer.example','{"kind":"membership","account":"legacy/17","email":"dana@archer.example","permissions":["invoices","tickets"]}','2026-03-01T03:15:01+00:00');
INSERT INTO "applied" VALUES('membership:legacy/17:erin@archer.example','{"kind":"membership","account":"legacy/17","email":"erin@archer.example","permissions":["tickets"]}','2026-03-01T03:15:01+00:00');
INSERT INTO "applied" VALUES('membership:legacy/17:finn@archer.example','{"kind":"membership","account":"legacy/17","email":"finn@archer.example","permissions":["tickets"]}','2026-03-01T03:15:01+00:00');
INSERT INTO "applied" VALUES('user:alma@archer.example','{"kind":"user","email":"alma@archer.example","first_name":"Alma","last_name":"Archer","language":""}','2026-03-01T03:15:00+00:00');
CREATE TABLE bindings (
	"key" TEXT NOT NULL, 
	target_id VARCHAR(64) NOT NULL, 
	at VARCHAR(32) NOT NULL, 
	PRIMARY KEY ("key")
);
INSERT INTO "bindings" VALUES('account:legacy/17','4','2026-03-01T03:15:01+00:00');
INSERT INTO "bindings" VALUES('contact:legacy/117','9','2026-03-01T03:15:01+00:00');
CREATE TABLE changes (
	change_id INTEGER NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	"key" TEXT NOT NULL, 
	body TEXT NOT NULL, 
	begun_at VARCHAR(32) NOT NULL, 
	outcome VARCHAR(16), 
	message TEXT NOT NULL, 
	finished_at VARCHAR(32), 
	PRIMARY KEY (change_id)
);
INSERT INTO "changes" VALUES(1,'20260301T031500-aaaaaa','account:legacy/17','{"verb":"+","reason":"new","before":null,"after":{"kind":"account","ref":"legacy/17","owner":"alma@archer.example","email":"alma@archer.example","status":"Active","billing_contact":"","language":"","profile":{}}}','2026-03-01T03:15:00+00:00','applied','','2026-03-01T03:15:01+00:00');
INSERT INTO "changes" VALUES(2,'20260301T031500-aaaaaa','contact:legacy/117','{"verb":"+","reason":"new","before":null,"after":{"kind":"contact","account":"legacy/17","contact_id":"legacy/117","email":"dana@archer.example","preferences":["invoice"],"profile":{"first_name":"Dana","last_name":"Archer"}}}','2026-03-01T03:15:00+00:00','applied','','2026-03-01T03:15:01+00:00');
INSERT INTO "changes" VALUES(3,'20260301T031500-aaaaaa','membership:legacy/17:dana@archer.example','{"verb":"+","reason":"new","before":null,"after":{"kind":"membership","account":"legacy/17","email":"dana@archer.example","permissions":["invoices","tickets"]}}','2026-03-01T03:15:00+00:00','applied','','2026-03-01T03:15:01+00:00');
INSERT INTO "changes" VALUES(4,'20260301T031500-aaaaaa','membership:legacy/17:erin@archer.example','{"verb":"+","reason":"new","before":null,"after":{"kind":"membership","account":"legacy/17","email":"erin@archer.example","permissions":["tickets"]}}','2026-03-01T03:15:00+00:00','in_doubt','no answer','2026-03-01T03:15:01+00:00');
INSERT INTO "changes" VALUES(5,'20260301T031500-aaaaaa','membership:legacy/17:finn@archer.example','{"verb":"~","reason":"changed","before":{"kind":"membership","account":"legacy/17","email":"finn@archer.example","permissions":["orders","tickets"]},"after":{"kind":"membership","account":"legacy/17","email":"finn@archer.example","permissions":["tickets"]}}','2026-03-01T03:15:00+00:00','applied','','2026-03-01T03:15:01+00:00');
INSERT INTO "changes" VALUES(6,'20260301T031500-aaaaaa','contact:legacy/118','{"verb":"+","reason":"new","before":null,"after":{"kind":"contact","account":"legacy/17","contact_id":"legacy/118","email":"gita@archer.example","preferences":[],"profile":{}}}','2026-03-01T03:15:00+00:00','failed','Country is required','2026-03-01T03:15:01+00:00');
INSERT INTO "changes" VALUES(7,'20260302T031500-bbbbbb','membership:legacy/17:hugo@archer.example','{"verb":"+","reason":"new","before":null,"after":{"kind":"membership","account":"legacy/17","email":"hugo@archer.example","permissions":["quotes"]}}','2026-03-02T03:15:00+00:00',NULL,'',NULL);
CREATE TABLE invites (
	invite_id INTEGER NOT NULL, 
	"key" TEXT NOT NULL, 
	account TEXT NOT NULL, 
	email TEXT NOT NULL, 
	permissions TEXT NOT NULL, 
	sent_at VARCHAR(32) NOT NULL, 
	confirmed BOOLEAN NOT NULL, 
	settled_at VARCHAR(32), 
	PRIMARY KEY (invite_id)
);
INSERT INTO "invites" VALUES(1,'membership:legacy/17:dana@archer.example','legacy/17','dana@archer.example','["invoices","tickets"]','2026-03-01T03:15:00+00:00',1,NULL);
INSERT INTO "invites" VALUES(2,'membership:legacy/17:erin@archer.example','legacy/17','erin@archer.example','["tickets"]','2026-03-01T03:15:01+00:00',0,NULL);
CREATE TABLE meta (
	name VARCHAR(64) NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "meta" VALUES('schema','1');
INSERT INTO "meta" VALUES('target','kestrel');
CREATE TABLE overrides (
	run_id VARCHAR(32) NOT NULL, 
	fuse VARCHAR(32) NOT NULL, 
	amount INTEGER NOT NULL, 
	because TEXT NOT NULL, 
	PRIMARY KEY (run_id, fuse)
);
INSERT INTO "overrides" VALUES('20260301T031500-aaaaaa','source-shrunk',2,'Ticket 4711: brand B has left');
CREATE TABLE runs (
	run_id VARCHAR(32) NOT NULL, 
	command VARCHAR(16) NOT NULL, 
	plan_id VARCHAR(32) NOT NULL, 
	started_at VARCHAR(32) NOT NULL, 
	finished_at VARCHAR(32), 
	status VARCHAR(16) NOT NULL, 
	contacts INTEGER NOT NULL, 
	counts TEXT NOT NULL, 
	PRIMARY KEY (run_id)
);
INSERT INTO "runs" VALUES('20260301T031500-aaaaaa','sync','0123456789ab','2026-03-01T03:15:00+00:00','2026-03-01T03:16:00+00:00','failed',2,'{"writes":6,"applied":4}');
INSERT INTO "runs" VALUES('20260302T031500-bbbbbb','sync','','2026-03-02T03:15:00+00:00',NULL,'running',0,'{}');
CREATE INDEX ix_runs_started_at ON runs (started_at);
CREATE INDEX ix_changes_outcome ON changes (outcome);
CREATE INDEX ix_changes_run_id ON changes (run_id);
CREATE INDEX ix_changes_key ON changes ("key");
CREATE INDEX ix_invites_key ON invites ("key");
COMMIT;
