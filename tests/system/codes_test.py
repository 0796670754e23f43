#!/usr/bin/env python3
"""Every error number that can be had through JSON-RPC: code, HTTP status, class path and the keys of `data` that front ends know.
doc/error_codes.md says which test raises which number (tests/lint/codes.py)."""
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import unittest

from stack import TOP, Stack, UnixConnection, wait_until

TEXT = "$TTL 1h\nwww IN A 192.0.2.1\nmail IN A 192.0.2.3\n"
SOA = "@ IN SOA ns1.codes.test. root.codes.test. {serial} 7200 900 {expire} 3600\n@ IN NS ns1.other.test.\n"
RECORD = {"name", "rr_data", "rr_groups_index", "rrs_index"}  # what every error about one record has
ERRORS = {int(line.split("|")[1]): line for line in (TOP / "doc/errors.md").read_text().splitlines() if line.startswith("| -")}
MACHINE = {"name", "event_message", "event_results"}


def setUpModule():
    global dms
    dms = Stack().__enter__()
    for uri in ("/helpdesk_dms", "/value_reseller_dms"):
        dms.call("set_account", uri=uri, login="codes", password="codes secret")


def tearDownModule():
    dms.__exit__()


class Case(unittest.TestCase):
    maxDiff = None

    def raised(self, code, path, keys, method, at=None, **params):
        """The call, at a front end or at the socket, fails with this code; its data."""
        body = {"jsonrpc": "2.0", "id": "codes", "method": method, "params": params}
        if at:
            status, _, data = dms.http(body, uri=at, login="codes:codes secret")
        else:
            status, data = dms.post(body)
        answer = json.loads(data)
        self.assertEqual((status, answer["id"]), (200, "codes"))
        self.assertEqual(answer.get("error", {}).get("code"), code, f"{method} {params}: {answer}")
        data = answer["error"]["data"]
        self.assertEqual(data["exception_type"], ("BaseJsonRpcError." if code <= -32600 else "BaseJsonRpcError.DMSError.") + path)
        name = path.split(".")[-1]
        self.assertEqual(data["exception_message"], f"{name}: {answer['error']['message']}")
        self.assertLessEqual(set(keys), set(data), f"{method}: keys of {data}")
        if "event_results" in keys:
            self.assertEqual((data["event_results"]["sm_exception_type"], data["event_results"]["message"]), (name, data["event_message"]))
        return data

    def zone(self, name, **options):
        dms.call("load_zone", name=name, zi_text=TEXT, **options)
        return name

    def live_zone(self, name, **options):
        dms.live("load_zone", name=name, zi_text=TEXT, **options)
        return name


class Records(Case):
    """One record of a submission is wrong."""

    def setUp(self):
        self.name = "codes-records.test"
        if not dms.call("list_names", kind="zone", prefix=self.name):
            self.zone(self.name)

    def data(self, code, path, rr, *keys):
        """Refused as the second record of the second group, which comes back as it was given."""
        good = {"label": "good", "type": "A", "rdata": "192.0.2.77"}
        groups = [{"rrs": []}, {"comment": "Group", "rrs": [good, rr]}]
        data = self.raised(code, path, RECORD | set(keys), "update_zone", name=self.name, zi_data={"rr_groups": groups})
        self.assertEqual((data["name"], data["rr_groups_index"], data["rrs_index"], data["rr_data"]), (self.name + ".", 1, 1, rr))
        return data

    def text(self, code, path, text, *keys, name=None):
        data = self.raised(code, path, {"name", "lineno", "col", "marked_input_line"} | set(keys), "update_zone_text", name=name or self.name, zi_text=text)
        self.assertIn(">!<", data["marked_input_line"])
        return data

    def test_class_and_type(self):
        rr = {"label": "a", "type": "A", "rdata": "192.0.2.1"}
        self.data(-8, "ZoneParseError.UnhandledClassError", {**rr, "class": "CH"})
        self.data(-9, "ZoneParseError.UnhandledTypeError", {**rr, "type": "NOSUCH"})
        self.data(-9, "ZoneParseError.UnhandledTypeError", {**rr, "type": "ANY"})
        self.data(-97, "ZoneParseError.RRNoTypeGiven", {"label": "a", "rdata": "192.0.2.1"})

    def test_names(self):
        self.assertEqual(self.data(-12, "ZoneParseError.LabelNotInDomain", {"label": "a.example.com.", "type": "A", "rdata": "192.0.2.1"},
                                   "label_thing")["label_thing"], "a.example.com.")
        self.assertEqual(self.text(-12, "ZoneParseError.LabelNotInDomain", TEXT + "a.example.com. IN A 192.0.2.1\n", "label_thing", "rr_data")["label_thing"],
                         "a.example.com.")
        for rtype, rdata in (("A", "192.0.2.1"), ("AAAA", "2001:db8::1"), ("MX", "10 mail.example.com.")):
            self.assertEqual(self.data(-13, "ZoneParseError.BadNameOwnerError", {"label": "a_b", "type": rtype, "rdata": rdata}, "label_thing")["label_thing"],
                             "a_b")
        data = self.data(-14, "ZoneParseError.BadNameRdataError", {"label": "x", "type": "MX", "rdata": "10 m_x.example.com."}, "rdata_thing", "bad_name")
        self.assertEqual((data["rdata_thing"], data["bad_name"]), ("10 m_x.example.com.", "m_x.example.com."))
        data = self.raised(-7, "NoPreviousLabelParseError", {"name"}, "update_zone_text", name=self.name, zi_text="$TTL 1h\n IN A 192.0.2.1\n")
        self.assertEqual(data["lineno"], 2)

    def test_soa(self):
        soa = {"label": "@", "type": "SOA", "rdata": "ns1.a. r.a. 1 2 3 4 5"}
        self.data(-15, "ZoneParseError.ZoneError.ZoneAlreadyHasSOARecord", soa)
        self.data(-16, "ZoneParseError.ZoneError.ZoneSOARecordNotAtApex", {**soa, "label": "www"})
        good = SOA.format(serial=1, expire="1w")
        self.text(-15, "ZoneParseError.ZoneError.ZoneAlreadyHasSOARecord", TEXT + good + good, "rr_data")
        self.text(-16, "ZoneParseError.ZoneError.ZoneSOARecordNotAtApex", TEXT + good.replace("@ IN SOA", "www IN SOA"), "rr_data")
        self.assertEqual(self.text(-10, "ZoneParseError.Not7ValuesSOAParseError", TEXT + good.replace(" 3600\n", "\n", 1), "num_soa_rdata_values",
                                   "rr_data")["num_soa_rdata_values"], 6)
        self.assertEqual(self.text(-11, "ZoneParseError.SOASerialMustBeInteger", TEXT + SOA.format(serial="today", expire="1w"), "soa_serial_thing",
                                   "rr_data")["soa_serial_thing"], "today")
        data = self.text(-49, "ZiParseError.TtlZiParseError", TEXT + SOA.format(serial=1, expire="never"), "zi_field", "value")
        self.assertEqual((data["zi_field"], data["value"]), ("soa_expire", "never"))

    def test_consistency(self):
        cname = {"label": "good", "type": "CNAME", "rdata": "www.example.com."}
        self.data(-19, "ZoneParseError.ZoneError.ZoneCNAMELabelExists", cname)
        data = self.raised(-18, "ZoneParseError.ZoneError.ZoneCNAMEExists", RECORD, "update_zone", name=self.name, zi_data={"rr_groups": [
            {"rrs": []}, {"rrs": [cname, {"label": "good", "type": "A", "rdata": "192.0.2.1"}]}]})
        self.assertEqual(data["rrs_index"], 1)
        self.data(-20, "ZoneParseError.ZoneError.DuplicateRecordInZone", {"label": "good", "type": "A", "rdata": "192.0.2.77"})
        for rr in ({"type": "MX", "rdata": "10 none"}, {"type": "NS", "rdata": "none"}, {"type": "SRV", "rdata": "0 0 1 none"}):
            self.data(-21, "ZoneParseError.ZoneError.ZoneCheckIntegrityNoGlue", {"label": "sub", **rr})
        self.data(-131, "ZoneParseError.ZoneError.RRsetTtlMismatch", {"label": "good", "type": "A", "rdata": "192.0.2.78", "ttl": 5})
        self.raised(-132, "ZoneParseError.ZoneError.BelowDname", RECORD, "update_zone", name=self.name, zi_data={"rr_groups": [{"rrs": []}, {"rrs": [
            {"label": "d", "type": "DNAME", "rdata": "example.com."}, {"label": "x.d", "type": "A", "rdata": "192.0.2.1"}]}]})

    def test_rdata(self):
        path = "ZoneParseError.RdataParseError"
        rr = {"label": "a", "type": "A", "rdata": "192.0.2.256"}
        self.assertEqual(self.data(-24, path, rr, "rdata_thing")["rdata_thing"], "192.0.2.256")
        self.assertEqual(self.text(-24, path, TEXT + "a IN A 192.0.2.256\n", "rdata_thing", "rr_data")["rdata_thing"], "192.0.2.256")
        self.data(-24, path, {**rr, "rdata": "192.0.2.1", "colour": "red"})  # a key that is not known
        self.data(-24, path, {**rr, "rdata": "192.0.2.1", "disable": "false"})  # a text is no boolean

    def test_privileges(self):
        """Flags of records that the front end's role may not set."""
        rr = {"label": "a", "type": "A", "rdata": "192.0.2.1"}
        for code, uri, flag, value, path in ((-26, "/helpdesk_dms", "lock_ptr", True, "AdminPrivilegeNeeded"),
                                             (-27, "/value_reseller_dms", "reference", "some@BODY", "HelpdeskPrivilegeNeeded")):
            data = self.raised(code, "ZoneParseError.PrivilegeNeeded." + path, RECORD | {"field_name"}, "create_zone", at=uri, name=f"codes{code}.test",
                               login_id="a", reference="codes@TEST", zi_data={"rr_groups": [{"rrs": []}, {"rrs": [{**rr, flag: value}]}]})
            self.assertEqual((data["field_name"], data["rr_groups_index"], data["rrs_index"]), (flag, 1, 0))

    def test_own_apex(self):
        name = "codes-apex.test"
        dms.call("create_zone", name=name, use_apex_ns=False)
        self.assertEqual(self.raised(-22, "ZoneHasNoSOARecord", {"name"}, "update_zone_text", name=name, zi_text=TEXT)["name"], name + ".")
        self.raised(-23, "ZoneParseError.ZoneError.ZoneHasNoNSRecord", {"name"}, "update_zone_text", name=name,
                    zi_text=TEXT + SOA.format(serial=1, expire="1w").split("\n")[0] + "\n")
        for method, params in (("edit_zone", {}), ("update_zone_text", {"zi_text": TEXT})):
            self.raised(-127, "ZoneAdminPrivilegeNeeded", {"name"}, method, at="/helpdesk_dms", name=name, login_id="a", **params)

    def test_directives_and_text(self):
        directive = "ZoneParseError.DirectiveParseError."
        for code, path, text in ((-50, "ZoneParseError.IncludeNotSupported", "$INCLUDE /etc/passwd\n"), (-54, "ZoneParseError.GenerateNotSupported", "$GENERATE 1-2 a$ A 192.0.2.$\n"),
                                 (-51, directive + "HostnameParseError", "$ORIGIN no-dot\n"), (-52, directive + "TtlParseError", "$TTL soon\n"),
                                 (-53, directive + "TtlInWrongPlace", TEXT + "$TTL 1h\n"), (-84, "ZoneParseError.UpdateTypeNotSupported", "$UPDATE_TYPE a\n" + TEXT),
                                 (-85, "ZoneParseError.RropNotSupported", ";!RROP:ADD\na IN A 192.0.2.1\n")):
            with self.subTest(code=code):
                self.text(code, path, text, "rr_data")
        data = self.text(-126, "ZiTextParseError", TEXT + "$NONSENSE 1\n", "parse_error")
        self.assertEqual(data["lineno"], 4)
        self.raised(-38, "BinaryFileError", {"file_name", "name"}, "update_zone_text", name=self.name, zi_text="a\u0001 IN A 192.0.2.1\n")
        self.raised(-133, "ZoneTooBig", set(), "update_zone", name=self.name, zi_data={"rr_groups": [{"rrs": [0] * 1_000_001}]})

    def test_soa_values(self):
        for code, path, field, value in ((-48, "HostnameZiParseError", "soa_mname", "not a name"), (-48, "HostnameZiParseError", "soa_rname", "a..b"),
                                         (-48, "HostnameZiParseError", "soa_rname", "ann@example.net"), (-48, "HostnameZiParseError", "soa_rname", "ann.a_b.test."),
                                         (-49, "TtlZiParseError", "soa_refresh", "never"), (-49, "TtlZiParseError", "zone_ttl", "1y")):
            zone = "codes-own.test" if field.startswith("soa") else self.name
            if zone == "codes-own.test" and not dms.call("list_names", kind="zone", prefix=zone):
                dms.call("create_zone", name=zone, use_apex_ns=False)
            data = self.raised(code, "ZiParseError." + path, {"name", "zi_field", "value"}, "update_zone", name=zone, zi_data={
                field: value, "rr_groups": [{"rrs": [{"label": "@", "type": "NS", "rdata": "ns.example.com."}] if zone == "codes-own.test" else []}]})
            self.assertEqual((data["name"], data["zi_field"], data["value"]), (zone + ".", field, value))
        for code, path, serial in ((-120, "SOASerialRangeError", 2**32), (-121, "SOASerialTypeError", "x")):
            self.raised(code, "SOASerialError." + path, {"name"}, "update_zone", name=self.name, zi_data={"soa_serial": serial, "rr_groups": []})


class Updates(Case):
    def test_update_rrs(self):
        name = self.live_zone("codes-inc.test", inc_updates=True, edit_lock=True)
        rrs = lambda *records: {"rr_groups": [{"rrs": list(records)}]}
        add = {"update_op": "ADD", "label": "n", "type": "A", "rdata": "192.0.2.9"}
        data = self.raised(-83, "ZoneParseError.InvalidUpdateOperation", RECORD, "update_rrs", name=name, update_type="t", update_data=rrs(add, {**add, "update_op": "RENAME"}))
        self.assertEqual((data["rrs_index"], data["rr_data"]["update_op"]), (1, "RENAME"))
        self.raised(-83, "ZoneParseError.InvalidUpdateOperation", RECORD, "update_rrs", name=name, update_type="t",
                    update_data=rrs({"label": "n", "type": "A", "rdata": "192.0.2.9"}))
        self.raised(-87, "UpdateTypeRequired", {"name"}, "update_rrs", name=name, update_data=rrs(add))
        token = dms.call("edit_zone", name=name)[1]
        dms.call("update_rrs", name=name, update_type="t", update_data=rrs(add))
        self.assertEqual(self.raised(-86, "UpdateTypeAlreadyQueued", {"name", "update_type"}, "update_rrs", name=name, update_type="t",
                                     update_data=rrs(add))["update_type"], "t")
        dms.call("cancel_edit_zone", name=name, edit_lock_token=token)
        dms.live("disable_zone", name=name)
        self.raised(-88, "ZoneDisabled", {"name"}, "update_rrs", name=name, update_type="u", update_data=rrs(add))
        plain = self.zone("codes-noinc.test")
        self.raised(-90, "IncrementalUpdatesDisabled", {"name"}, "update_rrs", name=plain, update_type="t", update_data=rrs(add))


class Rules(Case):
    """Doubtful zone data, which only warns, is refused under its number when the caller is strict."""

    def test_strict(self):
        head, digest = "$TTL 1h\nwww IN A 192.0.2.1\n", "00" * 32
        for code, path, record in (
                (-180, "TargetIsAlias", "alias CNAME www\n@ MX 10 alias"),
                (-181, "TargetHasNoAddress", "text TXT x\n@ MX 10 text"),
                (-182, "TargetIsAddress", "@ MX 10 192.0.2.1."),
                (-183, "Occluded", "sub NS ns.example.net.\nhidden.sub TXT x"),
                (-185, "AliasChain", "two CNAME www\none CNAME two"),
                (-186, "SVCBDoubtful", "s HTTPS 0 x.example. alpn=h2"),
                (-187, "CAADoubtful", '@ CAA 1 issue "ca.example"'),
                (-188, "TLSADoubtful", f"www TLSA 3 1 1 {digest}"),
                (-189, "DigestDoubtful", f"s SSHFP 9 2 {digest}"),
                (-190, "SPFDoubtful", '@ TXT "v=spf1 mx -al"'),
                (-191, "DKIMDoubtful", 'k._domainkey TXT "v=DKIM1; p=!"'),
                (-192, "DMARCDoubtful", '_dmarc TXT "v=DMARC1; p=maybe"'),
                (-194, "TTLDoubtful", "z 0 A 192.0.2.2")):
            with self.subTest(code=code):
                data = self.raised(code, path, {"name", "rule", "rfc", "lineno", "hint"}, "load_zone", name="codes-rules.test", zi_text=head + record + "\n", strict=True)
                self.assertEqual(data["lineno"], head.count("\n") + record.count("\n") + 1)
        own = "@ IN SOA ns1.example.net. h.example.net. 1 10 900 7d 1h\n@ IN NS ns1.example.net.\n"
        self.raised(-196, "SOATimers", {"name", "rule", "rfc", "lineno"}, "load_zone", name="codes-rules.test", zi_text=head + own, use_apex_ns=False, strict=True)

    def test_errors(self):
        head = "$TTL 1h\nwww IN A 192.0.2.1\n"
        self.raised(-184, "DSNotAtDelegation", {"name", "rule", "lineno"}, "load_zone", name="codes-rules.test", zi_text=head + "s DS 1 8 2 " + "00" * 32 + "\n")
        self.raised(-195, "WildcardOwner", {"name", "rule", "lineno"}, "load_zone", name="codes-rules.test", zi_text=head + "* DNAME other.example.\n")
        self.raised(-197, "RRsetTooBig", {"name", "rule", "lineno"}, "load_zone", name="codes-rules.test",
                    zi_text=head + "".join(f't TXT {" ".join(4 * [chr(34) + 250 * "x" + chr(34)])} "{i}"\n' for i in range(65)))
        self.raised(-198, "KeyNotInZone", {"name", "rule", "lineno"}, "load_zone", name="codes-rules.test", zi_text=head + "@ CDNSKEY 257 3 13 AAAA\n")
        self.raised(-193, "NullTargetNotAlone", {"name", "rule", "lineno"}, "load_zone", name="codes-rules.test", zi_text=head + "@ MX 0 .\n@ MX 10 www\n")


class Zones(Case):
    def test_not_found(self):
        name = self.live_zone("codes-found.test")
        self.assertEqual(self.raised(-28, "ZoneNotFound", {"name"}, "show_zone", name="absent.test")["name"], "absent.test.")
        self.assertEqual(self.raised(-29, "ZoneNotFound.ZoneNotFoundByZoneId", {"zone_id"}, "show_zone_byid", zone_id=987654321)["zone_id"], 987654321)
        self.raised(-29, "ZoneNotFound.ZoneNotFoundByZoneId", {"zone_id"}, "show_zone_text_byid", zone_id=987654321)
        zone_id = dms.call("show_zone", name=name)["zone_id"]
        self.assertEqual(dms.call("show_zone_text_byid", zone_id=zone_id), dms.call("show_zone_text", name=name))
        data = self.raised(-30, "ZoneNotFound.ZiNotFound", {"name", "zi_id"}, "show_zi", name=name, zi_id=987654321)
        self.assertEqual((data["name"], data["zi_id"]), (name + ".", 987654321))
        self.raised(-30, "ZoneNotFound.ZiNotFound", {"zi_id"}, "show_zi_byid", zi_id=987654321)
        self.assertEqual(self.raised(-32, "NoZonesFound", {"name_pattern"}, "list_zone", names=["*.nothing."])["name_pattern"], "*.nothing.")
        self.assertEqual(self.raised(-98, "ZoneSearchPatternError.OnlyOneLoneWildcardValid", {"search_pattern"}, "list_zone", names=["*", "a*"])["search_pattern"], "*")
        self.assertEqual(self.raised(-99, "ZoneSearchPatternError.ReferenceMustBeGiven", {"search_pattern"}, "list_zone", at="/value_reseller_dms",
                                     names=["a*"])["search_pattern"], "a*")

    def test_zi_id_notation(self):
        name = self.zone("codes-zi.test")
        below = "ZiIdSyntaxError."
        for code, path, zi_id in ((-100, "ZiIdSyntaxError", "nonsense!"), (-101, below + "ZiIdAdjStringSyntaxError", "^-x"), (-102, below + "ZiIdTimeUnitSyntaxError", "@3y"),
                                  (-103, below + "ZiIdTimeAmountSyntaxError", "@xd"), (-104, below + "ZiIdHhMmSyntaxError", "25:00"),
                                  (-105, below + "ZiIdDdSlashMmSyntaxError", "32/12"), (-106, below + "ZiIdDdMmYyyySyntaxError", "31/02/2024"),
                                  (-107, below + "ZiIdIsoDateSyntaxError", "2024-13-01")):
            with self.subTest(zi_id=zi_id):
                self.assertEqual(self.raised(code, path, {"zi_id"}, "show_zone", name=name, zi_id=zi_id)["zi_id"], zi_id)

    def test_creation(self):
        name = self.zone("codes-new.test", reference="one@CODES")
        self.assertEqual(self.raised(-36, "ZoneExists", {"name"}, "create_zone", name=name.upper())["name"], name + ".")
        dms.call("add_zone_sectag", name=name, sectag_label="VALUE_RESELLER")
        self.raised(-36, "ZoneExists", {"name"}, "create_zone", at="/value_reseller_dms", name="below." + name, login_id="a", reference="two@CODES")
        self.assertEqual(self.raised(-89, "InvalidDomainName", {"name"}, "create_zone", name="-a.test")["name"], "-a.test.")
        self.raised(-91, "InvalidDomainName.ReverseNamesNotAccepted", {"name"}, "create_zone", name="2.0.192.in-addr.arpa")
        data = self.raised(-82, "ReferenceFormatError", {"reference", "error"}, "create_zone", name="codes-new2.test", reference="no blanks")
        self.assertEqual(data["reference"], "no blanks")
        self.raised(-82, "ReferenceFormatError", {"reference", "error"}, "create_zone", name="codes-new2.test", reference="x" * 1025)
        self.assertIn("letter", data["error"])
        self.assertEqual(self.raised(-59, "NoSgFound", {"sg_name"}, "create_zone", name="codes-new2.test", sg_name="none-such")["sg_name"], "none-such")
        data = self.raised(-124, "LoginIdError.LoginIdFormatError", {"login_id", "error"}, "create_zone", name="codes-new2.test", login_id="@x")
        self.assertEqual((data["login_id"], data["error_name"]), ("@x", "LOGIN_ID_FORMAT"))
        self.assertNotEqual(data["error"], "LOGIN_ID_FORMAT")
        for login_id in ("", "x" * 513, "x" * 5000):
            self.raised(-125, "LoginIdError.LoginIdInvalidError", {"error"}, "create_zone", name="codes-new2.test", login_id=login_id)

    def test_edit_lock(self):
        name = self.live_zone("codes-lock.test", edit_lock=True)
        machine = "ZoneSmFailure."
        first = dms.call("show_zone", name=name)["zi_id"]
        dms.live("update_zone_text", name=name, zi_text=TEXT + "more IN A 192.0.2.4\n")
        token = dms.call("edit_zone", name=name, login_id="ann")[1]
        self.assertIn("ann", self.raised(-34, machine + "EditLockFailure", MACHINE, "edit_zone", name=name, login_id="bob")["event_message"])
        self.raised(-33, machine + "CancelEditLockFailure", MACHINE, "cancel_edit_zone", name=name, edit_lock_token=token + 1)
        self.raised(-35, machine + "TickleEditLockFailure", MACHINE, "tickle_editlock", name=name, edit_lock_token=token + 1)
        data = self.raised(-35, machine + "UpdateZoneFailure", MACHINE | {"zi_id"}, "update_zone_text", name=name, zi_text=TEXT, edit_lock_token=token + 1)
        self.assertEqual((data["error"], data["zi_id"]), ("UPDATE_ZONE_FAILURE", dms.call("show_zone", name=name)["zi_id"]))
        self.raised(-35, machine + "UpdateZoneFailure", MACHINE, "refresh_zone", name=name, zi_id=first)
        self.raised(-62, "ZoneBeingCreated", MACHINE, "delete_zone", name=name)
        dms.call("cancel_edit_zone", name=name, edit_lock_token=token)
        self.raised(-35, machine + "UpdateZoneFailure", MACHINE, "update_zone_text", name=name, zi_text=TEXT, edit_lock_token=token)

    def test_life(self):
        name = self.live_zone("codes-life.test")
        machine = "ZoneSmFailure"
        view = dms.call("show_zone", name=name)
        data = self.raised(-38, "ZiInUse", {"name", "zi_id"}, "delete_zi", name=name, zi_id=view["zi_id"])
        self.assertEqual((data["name"], data["zi_id"]), (name + ".", view["zi_id"]))
        self.raised(-80, machine, MACHINE, "enable_zone", name=name)
        self.raised(-37, "ZoneNotDeleted", {"name"}, "destroy_zone", zone_id=view["zone_id"])
        self.raised(-94, "ZoneNotDisabled", {"name"}, "set_zone_sg", name=name, sg_name="public")
        self.raised(-123, "ZoneNoAltSgForSwap", {"name"}, "swap_zone_sg", name=name)
        self.raised(-60, "ZoneNotDnssecEnabled", {"name"}, "sign_zone", name=name)
        self.raised(-60, "ZoneNotDnssecEnabled", {"name"}, "load_keys", name=name)
        dms.call("delete_zone", name=name)
        dms.call("create_zone", name=name)
        self.raised(-69, machine + ".ActiveZoneExists", MACHINE, "undelete_zone", zone_id=view["zone_id"])

    def test_signing(self):
        """A zone that is to be signed: what is asked for is kept, and nobody is told that it was done."""
        receipt = dms.call("create_zone", name="codes-sign.test", auto_dnssec=True, receipt=True)
        self.assertEqual([(w["code"], w["severity"]) for w in receipt["warnings"]], [(-250, "warning")])
        self.assertIs(dms.call("show_zone", name="codes-sign.test")["auto_dnssec"], True)
        for method in ("sign_zone", "load_keys"):
            self.raised(-250, "SigningNotServedError", {"name"}, method, name="codes-sign.test")
        self.raised(-28, "ZoneNotFound", {"name"}, "sign_zone", name="absent.test")
        dms.call("create_zone", name="codes-sign2.test")
        self.assertEqual([w["code"] for w in dms.call("set_zone", name="codes-sign2.test", auto_dnssec=True, receipt=True)["warnings"]], [-250])
        self.assertEqual(dms.call("set_zone", name="codes-sign2.test", auto_dnssec=False, receipt=True)["warnings"], [])

    def test_files_still_exist(self):
        name = self.live_zone("codes-files.test")
        zone_id = dms.call("show_zone", name=name)["zone_id"]
        pid = dms.kill("slave1-agent", signal.SIGSTOP)
        try:
            dms.call("delete_zone", name=name)
            self.raised(-70, "ZoneSmFailure.ZoneFilesStillExist", MACHINE, "destroy_zone", zone_id=zone_id)
        finally:
            os.kill(pid, signal.SIGCONT)

    def test_serials(self):
        name = self.live_zone("codes-serial.test")
        serial = dms.call("show_zone", name=name)["soa_serial"]
        below = "SOASerialError."
        for code, path, value in ((-116, "SOASerialPublishedError", serial), (-118, "SOASerialCandidateIgnored", serial - 1), (-120, "SOASerialRangeError", 0),
                                  (-121, "SOASerialTypeError", "many")):
            self.raised(code, below + path, {"name"}, "poke_zone_set_serial", name=name, soa_serial=value)
        pid = dms.kill("slave2-agent", signal.SIGSTOP)
        try:
            dms.call("poke_zone_wrap_serial", name=name)
            wait_until(lambda: dms.soa(dms.master, name) not in (None, serial), 20, "the first step")
            self.raised(-115, below + "SOASerialOcclusionError", {"name"}, "poke_zone_wrap_serial", name=name)
        finally:
            os.kill(pid, signal.SIGCONT)
        other = self.live_zone("codes-serial2.test")
        dms.live("disable_zone", name=other)
        self.raised(-117, "ZoneNotPublished", {"name"}, "poke_zone_wrap_serial", name=other)

    def test_zone_without_a_version(self):
        """Cannot come about by itself; a database that was mended by hand might have one."""
        name = self.live_zone("codes-nozi.test")
        dms.sql(f"update dms.zone set zi_candidate_id = null where name = '{name}.'")
        self.raised(-92, "ZoneHasNoZi", {"name"}, "refresh_zone_ttl", name=name)
        dms.sql(f"update dms.zone set zi_candidate_id = zi_id where name = '{name}.'")

    def test_new_codes(self):
        name = self.zone("codes-own-range.test")
        data = self.raised(-136, "PreconditionFailed", {"name", "zi_id", "soa_serial", "change_by"}, "update_zone_text", name=name, zi_text=TEXT, if_serial=1)
        self.assertEqual(data["name"], name + ".")
        self.raised(-137, "ChangeNotFound", {"change_id"}, "show_change", change_id=987654321)


class References(Case):
    def test_sectags(self):
        label = {"sectag_label"}
        dms.call("create_sectag", sectag_label="CODES")
        self.assertEqual(self.raised(-40, "ZoneSecTagExists", label, "create_sectag", sectag_label="CODES")["sectag_label"], "CODES")
        self.raised(-41, "ZoneSecTagDoesNotExist", label, "delete_sectag", sectag_label="NONE")
        self.raised(-42, "ZoneSecTagDoesNotExist.ZoneSecTagConfigError", label, "create_front_end", uri="/codes_dms", role="hosted", sectag_label="NONE")
        self.zone("codes-tag.test", sectags=["CODES"])
        for tag in ("CODES", "Admin"):
            self.raised(-43, "ZoneSecTagStillUsed", label, "delete_sectag", sectag_label=tag)
        dms.call("create_front_end", uri="/codes_dms", role="admin", sectag_label="CODES")
        dms.call("set_account", uri="/codes_dms", login="codes", password="codes secret")
        for method, params in (("show_sectags", {}), ("show_zone_sectags", {"name": "codes-tag.test"}), ("list_zone", {"sg_name": "public"})):
            self.assertEqual(self.raised(-46, "SecTagPermissionDenied", label, method, at="/codes_dms", **params)["sectag_label"], "CODES")

    def test_references(self):
        reference = {"reference"}
        dms.call("create_reference", reference="a@CODES")
        dms.call("create_reference", reference="b@CODES")
        self.assertEqual(self.raised(-64, "ReferenceExists", reference, "create_reference", reference="A@codes")["reference"], "A@codes")
        self.raised(-64, "ReferenceExists", reference, "rename_reference", reference="a@CODES", dst_reference="b@CODES")
        self.raised(-65, "ReferenceDoesNotExist", reference, "delete_reference", reference="none@CODES")
        self.zone("codes-ref.test", reference="a@CODES")
        self.raised(-66, "ReferenceStillUsed", reference, "delete_reference", reference="a@CODES")
        self.raised(-67, "NoReferenceFound", reference, "set_zone_reference", name="codes-ref.test", reference="none@CODES")
        self.raised(-67, "NoReferenceFound", reference, "list_reference", references=["none*"])
        self.raised(-82, "ReferenceFormatError", {"reference", "error"}, "create_reference", reference="@")
        self.raised(-82, "ReferenceFormatError", {"reference", "error"}, "create_zone", name="codes-ref2.test", zi_data={"rr_groups": [
            {"rrs": []}, {"rrs": [{"label": "a", "type": "A", "rdata": "192.0.2.1", "reference": "no good"}]}]})


class Servers(Case):
    def test_groups(self):
        sg = {"sg_name"}
        self.raised(-72, "SgExists", sg, "create_sg", sg_name="public")
        self.zone("codes-sg.test")
        dms.call("create_sg", sg_name="codes", apex_ns=["ns.example.com."])
        self.zone("codes-sg2.test", sg_name="codes")
        self.raised(-73, "SgStillUsed.SgStillHasZones", sg, "delete_sg", sg_name="codes")
        self.raised(-95, "SgStillUsed.SgStillHasServers", sg, "delete_sg", sg_name="replica")
        data = self.raised(-114, "ReplicaSgExists", {"sg_name", "replica_sg_name"}, "set_sg_replica_sg", sg_name="codes")
        self.assertEqual((data["sg_name"], data["replica_sg_name"]), ("codes", "replica"))
        self.raised(-114, "ReplicaSgExists", {"sg_name", "replica_sg_name"}, "create_sg", sg_name="codes3", replica_sg=True)
        dms.call("set_sg_replica_sg")
        self.raised(-128, "NoReplicaSgFound", set(), "reconfig_replica_sg")
        dms.call("set_sg_replica_sg", sg_name="replica")

    def test_servers(self):
        server = dms.call("show_server", server_name="slave1")
        name = {"server_name"}
        self.assertEqual(self.raised(-74, "ServerError.ServerExists", name, "create_server", server_name="slave1", address="192.0.2.99")["server_name"], "slave1")
        self.raised(-75, "ServerError.NoServerFound", name, "show_server", server_name="none-such")
        self.assertEqual(self.raised(-76, "ServerError.NoServerFoundByAddress", {"address"}, "show_server_byaddr", address="192.0.2.99")["address"], "192.0.2.99")
        self.raised(-76, "ServerError.NoServerFoundByAddress", {"address"}, "show_server_byaddr", address="nonsense")
        self.assertIn(dms.call("show_server_byaddr", address=server["address"])["server_name"], ("master", "slave1", "slave2"))
        data = self.raised(-77, "ServerError.ServerAddressExists", {"address"}, "create_server", server_name="codes", address=server["address"], port=server["port"])
        self.assertEqual(data["address"], server["address"])
        for method in ("delete_server", "set_server_type"):
            self.raised(-78, "ServerError.ServerNotDisabled", name, method, server_name="slave1", **({"server_type": "bind9"} if "type" in method else {}))
        self.raised(-75, "ServerError.NoServerFound", name, "set_server_key", server_name="none-such", agent_key="0" * 40)
        self.raised(-145, "AgentKeyExists", set(), "set_server_key", server_name="slave1", agent_key=dms.call("show_server", server_name="slave2")["agent_key"])
        self.raised(-146, "InvalidArgument", set(), "set_server_key", server_name="slave1", agent_key="short")
        self.raised(-79, "ServerSmFailure", {"server_name", "event_message", "event_results"}, "enable_server", server_name="slave1")

    def test_what_operators_ask_for(self):
        """Each leaves a change behind, or says how many it removed."""
        receipts = [dms.call("reset_server", server_name="slave1"), dms.call("set_server_ssh_address", server_name="slave1", ssh_address="192.0.2.7"),
                    dms.call("set_server_ssh_address", server_name="slave1"), dms.call("reset_master"), dms.call("refresh_all")]
        for receipt in receipts:
            self.assertIs(dms.call("show_change", change_id=receipt["change_id"])["ok"], True)
        self.assertIsNone(dms.call("show_server", server_name="slave1")["ssh_address"])
        for count in (dms.call("vacuum_event_queue", age=366000), dms.call("vacuum_pare_deleted_zone_zis")):
            self.assertEqual(count, 0)
        self.raised(-75, "ServerError.NoServerFound", {"server_name"}, "reset_server", server_name="none-such")
        self.raised(-146, "InvalidArgument", set(), "set_server_ssh_address", server_name="slave1", ssh_address="nowhere")
        self.raised(-32602, "InvalidParams", {"parameter"}, "vacuum_event_queue", age=-1)
        wait_until(lambda: dms.call("show_server", server_name="slave1")["state"] == "OK", 30, "slave1 is configured again")

    def test_events(self):
        self.assertEqual(self.raised(-129, "EventNotFoundById", {"event_id"}, "show_event", event_id=987654321)["event_id"], 987654321)
        dms.live("create_zone", name="codes-event.test")
        done = wait_until(lambda: [e for e in dms.call("list_events", limit=1000) if e["state"] == "SUCCESS"], 20, "an event that is done")[0]
        self.assertEqual(self.raised(-130, "CantFailEventById", {"event_id"}, "fail_event", event_id=done["event_id"])["event_id"], done["event_id"])
        self.assertEqual(done["result_code"], 200)
        for key in ("event_id", "event_type", "state", "zone_id", "parameters", "result_code", "created", "scheduled", "processed", "results"):
            self.assertIn(key, done)


class Settings(Case):
    def test_set_config(self):
        self.assertEqual(self.raised(-61, "ZoneCfgItem.ZoneCfgItemNotFound", {"key"}, "set_config", key="no_such", value="1")["key"], "no_such")
        self.assertEqual(self.raised(-63, "SgNameRequired", {"config_key"}, "set_config", key="soa_mname", value="ns.example.com.")["config_key"], "soa_mname")
        for key, value in (("edit_lock", "maybe"), ("event_max_age", "-1"), ("zi_max_num", "many")):
            data = self.raised(-71, "ZoneCfgItem.ZoneCfgItemValueError", {"key", "value"}, "set_config", key=key, value=value)
            self.assertEqual((data["key"], data["value"]), (key, value))
        data = self.raised(-49, "ZiParseError.TtlZiParseError", {"name", "zi_field", "value"}, "set_config", key="soa_minimum", value="soon")
        self.assertEqual((data["name"], data["zi_field"], data["value"]), ("Config key", "soa_minimum", "soon"))
        data = self.raised(-48, "ZiParseError.HostnameZiParseError", {"name", "zi_field", "value"}, "set_config", key="soa_mname", value="a b", sg_name="public")
        self.assertEqual(data["zi_field"], "soa_mname")
        self.raised(-48, "ZiParseError.HostnameZiParseError", {"name", "zi_field", "value"}, "set_config", key="soa_rname", value="ann@example.net")
        self.raised(-59, "NoSgFound", {"sg_name"}, "set_config", key="default_sg", value="none-such")
        self.raised(-59, "NoSgFound", {"sg_name"}, "set_config", key="zone_ttl", value="1h", sg_name="none-such")
        self.raised(-82, "ReferenceFormatError", {"reference"}, "set_config", key="default_ref", value="no good")
        self.raised(-146, "InvalidArgument", {"key"}, "set_config", key="zi_max_age", value="1", sg_name="public")
        self.raised(-146, "InvalidArgument", {"key"}, "set_config", key="default_stype", value="bind4")

    def test_settings_count(self):
        """Of the group where it has one, else the global one; both for a new zone."""
        dms.call("create_sg", sg_name="settings", apex_ns=["ns.example.com."])
        try:
            for params in ({"key": "soa_ttl", "value": "10m"}, {"key": "soa_minimum", "value": "33m", "sg_name": "settings"},
                           {"key": "edit_lock", "value": "yes", "sg_name": "settings"}, {"key": "soa_mname", "value": "MName.example.com", "sg_name": "settings"},
                           {"key": "soa_rname", "value": "John\\.Doe.example.com", "sg_name": "settings"}):
                dms.call("set_config", **params)
            dms.call("create_zone", name="settings.test", sg_name="settings")
            zone = dms.call("show_zone", name="settings.test")
            self.assertEqual((zone["edit_lock"], zone["zi"]["soa_minimum"], zone["zi"]["soa_ttl"], zone["zi"]["soa_mname"]), (True, "33m", "10m", "mname.example.com."))
            self.assertEqual(zone["zi"]["soa_rname"], "john\\.doe.example.com.")
            zone = dms.call("show_zone", name=self.live_zone("settings2.test"))
            self.assertEqual((zone["edit_lock"], zone["zi"]["soa_minimum"], zone["zi"]["soa_ttl"]), (False, "1h", "10m"))
            self.assertRegex(dms.dig(dms.master, "settings2.test", "SOA", "+noall", "+answer"), r"settings2\.test\.\s+600\s")
            rows = {(c["key"], c["sg_name"]): c["value"] for c in dms.call("show_config")}
            self.assertEqual((rows["soa_minimum", "settings"], rows["soa_minimum", None], rows["soa_ttl", None]), ("33m", "1h", "10m"))
        finally:
            dms.call("set_config", key="soa_ttl", value="")
        self.assertIsNone(dms.call("show_zone", name=self.zone("settings3.test"))["zi"]["soa_ttl"])

    def test_stored_values(self):
        """A value that somebody wrote into the database by hand."""
        dms.sql("update dms.config set value = 'perhaps' where key = 'inc_updates'")
        try:
            data = self.raised(-71, "ZoneCfgItem.ZoneCfgItemValueError", {"key", "value"}, "create_zone", name="codes-stored.test")
            self.assertEqual((data["key"], data["value"]), ("inc_updates", "perhaps"))
        finally:
            dms.sql("update dms.config set value = 'false' where key = 'inc_updates'")
        for key in ("event_max_age", "zone_ttl"):
            value = dms.sql(f"select value from dms.config where key = '{key}'").strip()
            dms.sql(f"delete from dms.config where key = '{key}'")
            try:
                method, params = ("vacuum_event_queue", {}) if key == "event_max_age" else ("refresh_zone_ttl", {"name": "codes-cfg.test"})
                if params and not dms.call("list_names", kind="zone", prefix="codes-cfg.test"):
                    dms.sql(f"insert into dms.config (key, value) values ('{key}', '{value}')")
                    self.zone("codes-cfg.test")
                    dms.sql(f"delete from dms.config where key = '{key}'")
                self.assertEqual(self.raised(-61, "ZoneCfgItem.ZoneCfgItemNotFound", {"key"}, method, **params)["key"], key)
            finally:
                dms.sql(f"insert into dms.config (key, value) values ('{key}', '{value}') on conflict do nothing")


class ReadOnly(Case):
    def test_hot_standby(self):
        """Sessions that may only read, as on a hot standby: reading goes on, writing is told."""
        user = dms.sql("select usename from pg_stat_activity where application_name like 'dms-controller%' limit 1").strip()
        end = f"select pg_terminate_backend(pid) from pg_stat_activity where usename = '{user}' and pid <> pg_backend_pid()"
        name = self.live_zone("codes-standby.test")
        dms.sql(f"alter role {user} set default_transaction_read_only = on")
        dms.sql(end)
        try:
            wait_until(lambda: "result" in json.loads(dms.post({"jsonrpc": "2.0", "id": 1, "method": "list_sg"})[1]), 20, "new sessions")
            data = self.raised(-122, "DBReadOnlyError", {"exc_msg"}, "disable_zone", name=name)
            self.assertIn("read-only", data["exc_msg"])
            self.assertEqual(dms.call("show_zone", name=name)["name"], name + ".")
        finally:
            dms.sql(f"alter role {user} reset default_transaction_read_only")
            dms.sql(end)
        wait_until(lambda: "result" in json.loads(dms.post({"jsonrpc": "2.0", "id": 1, "method": "disable_zone", "params": {"name": name}})[1]), 20, "writing again")


class Http(Case):
    """Refused before a method is looked for: the HTTP status says it, too."""

    def refused(self, code, status, **kw):
        got, _, data = dms.http({"jsonrpc": "2.0", "id": 1, "method": "list_sg"}, **kw)
        error = json.loads(data)["error"]
        self.assertEqual((got, error["code"]), (status, code), data)
        self.assertIn("exception_type", error["data"])

    def test_refusals(self):
        self.refused(-138, 401, login="codes:wrong")
        self.refused(-139, 404, uri="/no_such_front_end")
        self.refused(-32600, 405, verb="PUT")
        self.refused(-32600, 415, headers={"Content-Type": "text/plain"})
        connection = UnixConnection(dms.socket)
        connection.putrequest("POST", "/")
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", str(1 << 31))
        connection.endheaders()
        response = connection.getresponse()
        self.assertEqual((response.status, json.loads(response.read())["error"]["code"]), (413, -144))
        connection.close()
        self.assertEqual(json.loads(dms.post(b"{")[1])["error"]["code"], -32700)
        self.assertEqual(json.loads(dms.post({"jsonrpc": "2.0", "id": 1, "method": "none"})[1])["error"]["code"], -32601)


class Tool(Case):
    """What only zone_tool can meet: its exit codes."""

    def tool(self, code, words, *args):
        run = dms.quickstart("tool", *args, check=False)
        self.assertEqual(run.returncode, code, f"{args}: {run.stdout}{run.stderr}")
        for word in words:
            self.assertIn(word, run.stdout + run.stderr)

    def test_tsig_key(self):
        """-96 InvalidHmacType; a good key is one that BIND's own tools read."""
        self.tool(65, ["hmac-sha3"], "generate_tsig_key", "codes-key", "hmac-sha3")
        self.assertIn("INVALID_HMAC_TYPE", ERRORS[-96])
        key = dms.quickstart("tool", "generate_tsig_key", "codes-key", "hmac-512").stdout
        self.assertRegex(key, r'^key "codes-key" \{\s+algorithm hmac-sha512;\s+secret "[A-Za-z0-9+/]{171}=";\s+\};\n$')
        self.assertNotEqual(key, dms.quickstart("tool", "generate_tsig_key", "codes-key", "hmac-512").stdout)
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "a.key")
            self.tool(75, ["confirmation"], "generate_tsig_key", "codes-key", "hmac-md5", str(path))
            self.tool(0, [], "generate_tsig_key", "-f", "codes-key", "hmac-md5", str(path))
            self.assertEqual(path.stat().st_mode & 0o137, 0)
            subprocess.run(["named-checkconf", str(path)], check=True, timeout=20)

    def test_names_of_files(self):
        """-47 ZoneNameUndefined and -55 BadInitialZoneName."""
        self.assertIn("ZONE_NAME_UNDEFINED", ERRORS[-47])
        self.assertIn("BAD_INITIAL_ZONE_NAME", ERRORS[-55])
        with tempfile.TemporaryDirectory(dir=dms.dir) as folder:
            os.chmod(folder, 0o755)
            nameless, bad = pathlib.Path(folder, "x.zone"), pathlib.Path(folder, "bad..name.zone")
            for path in (nameless, bad):
                path.write_text(TEXT)
            self.tool(65, ["$ORIGIN"], "load_zones", "-f", "-o", str(nameless))
            self.tool(65, ["bad..name", "empty label"], "load_zones", "-f", str(bad))


if __name__ == "__main__":
    unittest.main()
