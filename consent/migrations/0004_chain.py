"""The chain is closed by the database itself at each commit, and nothing in it can be changed.

Deferred, so that who appends holds the end of the chain only while committing: writers that do much
else in their transaction do not queue behind each other, and no lock is waited for with it in hand.
"""

from django.db import migrations

CHAIN = """
CREATE FUNCTION consent_chain_record(chained consent_consentrecord) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    last consent_chainlink;
    place bigint;
    previous text;
BEGIN
    -- "Consent": one end of the chain, one writer at it, until the commit is done.
    PERFORM pg_advisory_xact_lock(x'436f6e73656e74'::bigint);
    SELECT * INTO last FROM consent_chainlink ORDER BY sequence DESC LIMIT 1;
    place := coalesce(last.sequence, 0) + 1;
    previous := coalesce(last.hash, repeat('0', 64));
    INSERT INTO consent_chainlink (sequence, record_id, previous_hash, hash) VALUES (
        place, chained.id, previous,
        encode(sha256(convert_to(
            previous || E'\\n' || place || E'\\n' || chained.content, 'UTF8')), 'hex')
    );
END $$;

CREATE FUNCTION consent_chain() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM consent_chain_record(NEW);
    RETURN NULL;
END $$;

CREATE FUNCTION consent_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the consent ledger is append-only (% on %)', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

-- The personal part may go once the ledger says, in an entry of its own, that it was erased.
CREATE FUNCTION consent_refuse_unless_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM consent_consentrecord told
        JOIN consent_consentrecord erased ON erased.contact_id = told.contact_id
        WHERE told.id = OLD.record_id AND erased.act = 'erased' AND erased.id > told.id
    ) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'the consent ledger is append-only (% on %)', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

DO $$
DECLARE earlier consent_consentrecord;
BEGIN
    FOR earlier IN SELECT * FROM consent_consentrecord ORDER BY id LOOP
        PERFORM consent_chain_record(earlier);
    END LOOP;
END $$;

CREATE CONSTRAINT TRIGGER consent_chain AFTER INSERT ON consent_consentrecord
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consent_chain();

CREATE TRIGGER consent_record_stays BEFORE UPDATE OR DELETE ON consent_consentrecord
    FOR EACH ROW EXECUTE FUNCTION consent_refuse();
CREATE TRIGGER consent_records_stay BEFORE TRUNCATE ON consent_consentrecord
    FOR EACH STATEMENT EXECUTE FUNCTION consent_refuse();
CREATE TRIGGER consent_link_stays BEFORE UPDATE OR DELETE ON consent_chainlink
    FOR EACH ROW EXECUTE FUNCTION consent_refuse();
CREATE TRIGGER consent_links_stay BEFORE TRUNCATE ON consent_chainlink
    FOR EACH STATEMENT EXECUTE FUNCTION consent_refuse();
CREATE TRIGGER consent_wording_stays BEFORE UPDATE OR DELETE ON consent_wording
    FOR EACH ROW EXECUTE FUNCTION consent_refuse();
CREATE TRIGGER consent_wordings_stay BEFORE TRUNCATE ON consent_wording
    FOR EACH STATEMENT EXECUTE FUNCTION consent_refuse();
CREATE TRIGGER consent_detail_stays BEFORE UPDATE ON consent_consentdetail
    FOR EACH ROW EXECUTE FUNCTION consent_refuse();
CREATE TRIGGER consent_detail_goes_erased BEFORE DELETE ON consent_consentdetail
    FOR EACH ROW EXECUTE FUNCTION consent_refuse_unless_erased();
CREATE TRIGGER consent_details_stay BEFORE TRUNCATE ON consent_consentdetail
    FOR EACH STATEMENT EXECUTE FUNCTION consent_refuse();

INSERT INTO consent_consentstate (contact_id, purpose, topic, record_id, act, occurred_at)
SELECT DISTINCT ON (contact_id, purpose, topic) contact_id, purpose, topic, id, act, occurred_at
FROM consent_consentrecord ORDER BY contact_id, purpose, topic, occurred_at DESC, id DESC;
"""
UNCHAIN = """
DROP TRIGGER consent_chain ON consent_consentrecord;
DROP TRIGGER consent_record_stays ON consent_consentrecord;
DROP TRIGGER consent_records_stay ON consent_consentrecord;
DROP TRIGGER consent_link_stays ON consent_chainlink;
DROP TRIGGER consent_links_stay ON consent_chainlink;
DROP TRIGGER consent_wording_stays ON consent_wording;
DROP TRIGGER consent_wordings_stay ON consent_wording;
DROP TRIGGER consent_detail_stays ON consent_consentdetail;
DROP TRIGGER consent_detail_goes_erased ON consent_consentdetail;
DROP TRIGGER consent_details_stay ON consent_consentdetail;
DROP FUNCTION consent_chain();
DROP FUNCTION consent_chain_record(consent_consentrecord);
DROP FUNCTION consent_refuse();
DROP FUNCTION consent_refuse_unless_erased();
DELETE FROM consent_consentstate;
DELETE FROM consent_chainlink;
"""


class Migration(migrations.Migration):
    dependencies = [("consent", "0003_ledger")]

    operations = [migrations.RunSQL(CHAIN, UNCHAIN)]
