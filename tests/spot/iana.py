"""Writes the IANA lists that lie in an old Spot tree, in their form: duplicates, fields over two lines, odd names and all."""

import csv
import os

_CLASSES = "0 Reserved;1 Internet (IN);2 Unassigned;3 Chaos (CH);4 Hesiod (HS);5 UNKNOWN;254 QCLASS NONE;255 QCLASS * (ANY)"
_TYPES = """A 1 NS 2 MD 3 MF 4 CNAME 5 SOA 6 MB 7 MG 8 MR 9 NULL 10 WKS 11 PTR 12 HINFO 13 MINFO 14 MX 15 TXT 16 RP 17 AFSDB 18
X25 19 ISDN 20 RT 21 NSAP 22 NSAP-PTR 23 SIG 24 KEY 25 PX 26 GPOS 27 AAAA 28 LOC 29 NXT 30 EID 31 NIMLOC 32 SRV 33 ATMA 34
NAPTR 35 KX 36 CERT 37 A6 38 DNAME 39 SINK 40 OPT 41 APL 42 DS 43 SSHFP 44 IPSECKEY 45 RRSIG 46 NSEC 47 DNSKEY 48 DHCID 49
NSEC3 50 NSEC3PARAM 51 TLSA 52 SMIMEA 53 Unassigned 54 HIP 55 NINFO 56 RKEY 57 TALINK 58 CDS 59 CDNSKEY 60 OPENPGPKEY 61
CSYNC 62 SPF 99 UINFO 100 UID 101 GID 102 UNSPEC 103 NID 104 L32 105 L64 106 LP 107 EUI48 108 EUI64 109 TKEY 249 TSIG 250
IXFR 251 AXFR 252 MAILB 253 MAILA 254 * 255 URI 256 CAA 257 AVC 258 TA 32768 DLV 32769"""
_RCODES = """-1 UNKNOWN;0 NoError;1 FormErr;2 ServFail;3 NXDomain;4 NotImp;5 Refused;6 YXDomain;7 YXRRSet;8 NXRRSet;9 NotAuth;
9 NotAuth;10 NotZone;16 BADVERS;16 BADSIG;17 BADKEY;18 BADTIME;19 BADMODE;20 BADNAME;21 BADALG;22 BADTRUNC;
23 BADCOOKIE (TEMPORARY - registered 2015-07-26, expires 2016-07-26)"""
_HTTP = """100 Continue;101 Switching Protocols;102 Processing (WebDAV);200 OK;201 Created;202 Accepted;
203 Non-Authoritative Information;204 No Content;205 Reset Content;206 Partial Content;207 Multi-Status (WebDAV);
208 Already Reported (WebDAV);226 IM Used;300 Multiple Choices;301 Moved Permanently;302 Found;303 See Other;304 Not Modified;
305 Use Proxy;306 (Unused);307 Temporary Redirect;308 Permanent Redirect (experiemental);400 Bad Request;401 Unauthorized;
402 Payment Required;403 Forbidden;404 Not Found;405 Method Not Allowed;406 Not Acceptable;407 Proxy Authentication Required;
408 Request Timeout;409 Conflict;410 Gone;411 Length Required;412 Precondition Failed;413 Request Entity Too Large;
414 Request-URI Too Long;415 Unsupported Media Type;416 Requested Range Not Satisfiable;417 Expectation Failed;
418 I'm a teapot (RFC 2324);420 Enhance Your Calm (Twitter);422 Unprocessable Entity (WebDAV);423 Locked (WebDAV);
424 Failed Dependency (WebDAV);425 Reserved for WebDAV;426 Upgrade Required;428 Precondition Required;429 Too Many Requests;
431 Request Header Fields Too Large;444 No Response (Nginx);449 Retry With (Microsoft);
450 Blocked by Windows Parental Controls (Microsoft);451 Unavailable For Legal Reasons;499 Client Closed Request (Nginx);
500 Internal Server Error;501 Not Implemented;502 Bad Gateway;503 Service Unavailable;504 Gateway Timeout;
505 HTTP Version Not Supported;506 Variant Also Negotiates (Experimental);507 Insufficient Storage (WebDAV);
508 Loop Detected (WebDAV);509 Bandwidth Limit Exceeded (Apache);510 Not Extended;511 Network Authentication Required;
598 Network read timeout error;599 Network connect timeout error"""


def _pairs(text):
    """Returns the (code, name) pairs of a list such as `0 NoError;1 FormErr`."""
    return [tuple(entry.strip().split(" ", 1)) for entry in text.split(";")]


_TYPE_WORDS = _TYPES.split()
_TYPE_PAIRS = [("-1", "0"), *zip(_TYPE_WORDS[1::2], _TYPE_WORDS[::2])]
TYPE_NAMES, RCODE_NAMES, HTTP_NAMES = dict(_TYPE_PAIRS), dict(_pairs(_RCODES)), dict(_pairs(_HTTP))
CLASS_NAME = "Internet (IN)"


def _write(path, header, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def write(folder):
    """Writes the four lists."""
    os.makedirs(folder, exist_ok=True)
    book = 'A book about "Chaosnet", No. 628,\nin two lines.'
    classes = [
        (code, "unknown" if name == "UNKNOWN" else f"0x{int(code):08X}", name, book if code == "3" else "[RFC6895]")
        for code, name in _pairs(_CLASSES)
    ]
    types = [(name, code, "", "a reference,\nin two lines" if code == "34" else "", "", "") for code, name in _TYPE_PAIRS]
    rcodes = [(code, name, f"meaning {n}", "") for n, (code, name) in enumerate(_pairs(_RCODES))]
    _write(f"{folder}/dns-qclass.csv", ("Decimal", "Hexadecimal", "Name", "Reference"), classes)
    type_header = ("TYPE", "Value", "Meaning", "Reference", "Template", "Registration Date")
    _write(f"{folder}/dns-qtype.csv", type_header, types)
    _write(f"{folder}/dns-rcode.csv", ("RCODE", "Name", "Description", "Reference"), rcodes)
    _write(f"{folder}/http-rcode.csv", ("CODE", "DESCRIPTION"), _pairs(_HTTP))
