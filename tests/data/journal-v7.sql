-- A journal of schema version 7: the one of version 6, migrated by syncd's own code of version 7, and
-- frozen: `tests/unit/journal/test_migrations.py`.
BEGIN TRANSACTION;
CREATE TABLE alert_channels (
            name VARCHAR(32) NOT NULL PRIMARY KEY, tried_at TEXT NOT NULL,
            failing_since TEXT NOT NULL, why TEXT NOT NULL
        );
CREATE TABLE alerts (
            kind VARCHAR(32) NOT NULL, subject TEXT NOT NULL, what TEXT NOT NULL,
            since TEXT NOT NULL, told_at TEXT NOT NULL, ended_at TEXT NOT NULL,
            PRIMARY KEY (kind, subject)
        );
CREATE TABLE applied (
	"key" TEXT NOT NULL, 
	body TEXT NOT NULL, 
	at VARCHAR(32) NOT NULL, checked_at VARCHAR(32), 
	PRIMARY KEY ("key")
);
INSERT INTO "applied" VALUES('account:legacy/17','{"kind":"account","ref":"legacy/17","owner":"alma@archer.example","email":"alma@archer.example","status":"Active","billing_contact":"","language":"","profile":{}}','2026-03-01T03:15:01+00:00',NULL);
INSERT INTO "applied" VALUES('contact:legacy/117','{"kind":"contact","account":"legacy/17","contact_id":"legacy/117","email":"dana@archer.example","preferences":["invoice"],"profile":{"first_name":"Dana","last_name":"Archer"}}','2026-03-01T03:15:01+00:00',NULL);
INSERT INTO "applied" VALUES('membership:legacy/17:dana@archer.example','{"kind":"membership","account":"legacy/17","email":"dana@archer.example","permissions":["invoices","tickets"]}','2026-03-01T03:15:01+00:00',NULL);
INSERT INTO "applied" VALUES('membership:legacy/17:erin@archer.example','{"kind":"membership","account":"legacy/17","email":"erin@archer.example","permissions":["tickets"]}','2026-03-01T03:15:01+00:00',NULL);
INSERT INTO "applied" VALUES('membership:legacy/17:finn@archer.example','{"kind":"membership","account":"legacy/17","email":"finn@archer.example","permissions":["tickets"]}','2026-03-01T03:15:01+00:00',NULL);
INSERT INTO "applied" VALUES('user:alma@archer.example','{"kind":"user","email":"alma@archer.example","first_name":"Alma","last_name":"Archer","language":""}','2026-03-01T03:15:00+00:00',NULL);
CREATE TABLE approvals (
            seal VARCHAR(64) NOT NULL, name TEXT NOT NULL, plan TEXT NOT NULL,
            fingerprint TEXT NOT NULL, approved_at TEXT NOT NULL, signature TEXT NOT NULL,
            PRIMARY KEY (seal, name)
        );
CREATE TABLE bindings (
	"key" TEXT NOT NULL, 
	target_id VARCHAR(64) NOT NULL, 
	at VARCHAR(32) NOT NULL, marks TEXT NOT NULL DEFAULT '', 
	PRIMARY KEY ("key")
);
INSERT INTO "bindings" VALUES('account:legacy/17','4','2026-03-01T03:15:01+00:00','');
INSERT INTO "bindings" VALUES('contact:legacy/117','9','2026-03-01T03:15:01+00:00','');
CREATE TABLE certificates (
            kind VARCHAR(16) NOT NULL, at VARCHAR(32) NOT NULL, seal TEXT NOT NULL,
            plan TEXT NOT NULL, verdict TEXT NOT NULL, syncd TEXT NOT NULL, body TEXT NOT NULL,
            name TEXT NOT NULL, fingerprint TEXT NOT NULL, signature TEXT NOT NULL,
            PRIMARY KEY (kind, at, seal)
        );
CREATE TABLE changes (
	change_id INTEGER NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	"key" TEXT NOT NULL, 
	body TEXT NOT NULL, 
	begun_at VARCHAR(32) NOT NULL, 
	outcome VARCHAR(16), 
	message TEXT NOT NULL, 
	finished_at VARCHAR(32), begun_seq INTEGER, begun_hash VARCHAR(64), ended_seq INTEGER, ended_hash VARCHAR(64), 
	PRIMARY KEY (change_id)
);
INSERT INTO "changes" VALUES(1,'20260301T031500-aaaaaa','account:legacy/17','{"verb":"+","reason":"new","before":null,"after":{"kind":"account","ref":"legacy/17","owner":"alma@archer.example","email":"alma@archer.example","status":"Active","billing_contact":"","language":"","profile":{}}}','2026-03-01T03:15:00+00:00','applied','','2026-03-01T03:15:01+00:00',1,'90a6d54aeb7900a03a3079314839d7f8c41f70f41c2095471afed67137bb550d',2,'1077fd0653dfb864b95e128f9efd17f8efb530495d84585a4e2b68d9dd1c7aa9');
INSERT INTO "changes" VALUES(2,'20260301T031500-aaaaaa','contact:legacy/117','{"verb":"+","reason":"new","before":null,"after":{"kind":"contact","account":"legacy/17","contact_id":"legacy/117","email":"dana@archer.example","preferences":["invoice"],"profile":{"first_name":"Dana","last_name":"Archer"}}}','2026-03-01T03:15:00+00:00','applied','','2026-03-01T03:15:01+00:00',3,'1adf6bad6af0a4273361f58372eb6bbb0005409b2d5215da8edbbda355d062ef',4,'003884d57932d7f9e75ca989a67f1ff942f613c09173deef6f7b75c63f1b2c9b');
INSERT INTO "changes" VALUES(3,'20260301T031500-aaaaaa','membership:legacy/17:dana@archer.example','{"verb":"+","reason":"new","before":null,"after":{"kind":"membership","account":"legacy/17","email":"dana@archer.example","permissions":["invoices","tickets"]}}','2026-03-01T03:15:00+00:00','applied','','2026-03-01T03:15:01+00:00',5,'5b00403a0c905e7788a061153f8b26e069f3b22767d9bc0df73574487a7234c2',6,'7c21e7f03ae1712228d56d56c656d6b0535474115781256e47fc8ae6d4849902');
INSERT INTO "changes" VALUES(4,'20260301T031500-aaaaaa','membership:legacy/17:erin@archer.example','{"verb":"+","reason":"new","before":null,"after":{"kind":"membership","account":"legacy/17","email":"erin@archer.example","permissions":["tickets"]}}','2026-03-01T03:15:00+00:00','in_doubt','no answer','2026-03-01T03:15:01+00:00',7,'9b57ee3ed4d9057c75c7c7ca9c57816d24a05271bf709a6d9b4beeae6375d3d6',8,'5acab3610424d8aa229d8bb99c9a67386989ec15c998580631242dad840d0422');
INSERT INTO "changes" VALUES(5,'20260301T031500-aaaaaa','membership:legacy/17:finn@archer.example','{"verb":"~","reason":"changed","before":{"kind":"membership","account":"legacy/17","email":"finn@archer.example","permissions":["orders","tickets"]},"after":{"kind":"membership","account":"legacy/17","email":"finn@archer.example","permissions":["tickets"]}}','2026-03-01T03:15:00+00:00','applied','','2026-03-01T03:15:01+00:00',9,'4d0d4a4c06af2d81ca6b1959ab29e4beadad0049cb3984ded77989a5ee8d34f8',10,'f44c84173b8d10e7468845d033aa1942f3d862ce06d3809c1e02803d7f52a669');
INSERT INTO "changes" VALUES(6,'20260301T031500-aaaaaa','contact:legacy/118','{"verb":"+","reason":"new","before":null,"after":{"kind":"contact","account":"legacy/17","contact_id":"legacy/118","email":"gita@archer.example","preferences":[],"profile":{}}}','2026-03-01T03:15:00+00:00','failed','Country is required','2026-03-01T03:15:01+00:00',11,'c2bac2534fb445737f2f4fe4aa9924a4308fcf9df748ece3d39882549f2290be',12,'540200a1dc3e46e209c23a87fc4dfa89f714d300d3f0c0377ee1b604d9ceaeab');
INSERT INTO "changes" VALUES(7,'20260302T031500-bbbbbb','membership:legacy/17:hugo@archer.example','{"verb":"+","reason":"new","before":null,"after":{"kind":"membership","account":"legacy/17","email":"hugo@archer.example","permissions":["quotes"]}}','2026-03-02T03:15:00+00:00',NULL,'',NULL,13,'43b6416bfcf8cff44c3d7a6ace527d7b3aefa1ea9b94362bb562405bfc03f818',NULL,NULL);
CREATE TABLE invites (
	invite_id INTEGER NOT NULL, 
	"key" TEXT NOT NULL, 
	account TEXT NOT NULL, 
	email TEXT NOT NULL, 
	permissions TEXT NOT NULL, 
	sent_at VARCHAR(32) NOT NULL, 
	confirmed BOOLEAN NOT NULL, 
	settled_at VARCHAR(32), state VARCHAR(16), 
	PRIMARY KEY (invite_id)
);
INSERT INTO "invites" VALUES(1,'membership:legacy/17:dana@archer.example','legacy/17','dana@archer.example','["invoices","tickets"]','2026-03-01T03:15:00+00:00',1,NULL,NULL);
INSERT INTO "invites" VALUES(2,'membership:legacy/17:erin@archer.example','legacy/17','erin@archer.example','["tickets"]','2026-03-01T03:15:01+00:00',0,NULL,NULL);
CREATE TABLE lease (
            epoch INTEGER NOT NULL PRIMARY KEY, host TEXT NOT NULL, pid INTEGER NOT NULL,
            locked BOOLEAN NOT NULL, taken_at VARCHAR(32) NOT NULL, renewed_at VARCHAR(32) NOT NULL,
            expires_at VARCHAR(32) NOT NULL
        );
INSERT INTO "lease" VALUES(0,'',0,0,'','','');
CREATE TABLE meta (
	name VARCHAR(64) NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "meta" VALUES('schema','7');
INSERT INTO "meta" VALUES('target','kestrel');
INSERT INTO "meta" VALUES('chain','13:43b6416bfcf8cff44c3d7a6ace527d7b3aefa1ea9b94362bb562405bfc03f818');
INSERT INTO "meta" VALUES('sum','b3ed1199ed340ea9a0d3e75abc02157906900a60c22cf16112e0f6bc64ee64b5');
CREATE TABLE origins (
            contact TEXT NOT NULL PRIMARY KEY, key TEXT NOT NULL, at VARCHAR(32) NOT NULL
        );
CREATE TABLE overrides (
	run_id VARCHAR(32) NOT NULL, 
	fuse VARCHAR(32) NOT NULL, 
	amount INTEGER NOT NULL, 
	because TEXT NOT NULL, 
	PRIMARY KEY (run_id, fuse)
);
INSERT INTO "overrides" VALUES('20260301T031500-aaaaaa','source-shrunk',2,'Ticket 4711: brand B has left');
CREATE TABLE ownership_requests (
            number INTEGER NOT NULL PRIMARY KEY, account TEXT NOT NULL,
            target_client TEXT NOT NULL, asked_by TEXT NOT NULL, asked_by_id TEXT NOT NULL,
            new_owner TEXT NOT NULL, ticket TEXT NOT NULL, recorded_by TEXT NOT NULL,
            recorded_at TEXT NOT NULL, owner TEXT NOT NULL, new_owner_is TEXT NOT NULL,
            observed_at TEXT NOT NULL, owner_confirmed_by TEXT NOT NULL,
            owner_confirmed_at TEXT NOT NULL, new_owner_confirmed_by TEXT NOT NULL,
            new_owner_confirmed_at TEXT NOT NULL, state TEXT NOT NULL, ended_at TEXT NOT NULL,
            rejected_by TEXT NOT NULL, because TEXT NOT NULL
        );
CREATE TABLE people (
            email TEXT NOT NULL PRIMARY KEY, target_id VARCHAR(64) NOT NULL,
            at VARCHAR(32) NOT NULL
        );
CREATE TABLE runs (
	run_id VARCHAR(32) NOT NULL, 
	command VARCHAR(16) NOT NULL, 
	plan_id VARCHAR(32) NOT NULL, 
	started_at VARCHAR(32) NOT NULL, 
	finished_at VARCHAR(32), 
	status VARCHAR(16) NOT NULL, 
	contacts INTEGER NOT NULL, 
	counts TEXT NOT NULL, undoes VARCHAR(32), why TEXT NOT NULL DEFAULT '', 
	PRIMARY KEY (run_id)
);
INSERT INTO "runs" VALUES('20260301T031500-aaaaaa','sync','0123456789ab','2026-03-01T03:15:00+00:00','2026-03-01T03:16:00+00:00','failed',2,'{"writes":6,"applied":4}',NULL,'');
INSERT INTO "runs" VALUES('20260302T031500-bbbbbb','sync','','2026-03-02T03:15:00+00:00',NULL,'running',0,'{}',NULL,'');
CREATE TABLE warrants (
            run_id VARCHAR(32) NOT NULL, what VARCHAR(16) NOT NULL, name TEXT NOT NULL,
            fingerprint TEXT NOT NULL, given_at TEXT NOT NULL, noted_at TEXT NOT NULL,
            PRIMARY KEY (run_id, what, name)
        );
CREATE INDEX ix_runs_started_at ON runs (started_at);
CREATE INDEX ix_changes_outcome ON changes (outcome);
CREATE INDEX ix_changes_run_id ON changes (run_id);
CREATE INDEX ix_changes_key ON changes ("key");
CREATE INDEX ix_invites_key ON invites ("key");
COMMIT;
