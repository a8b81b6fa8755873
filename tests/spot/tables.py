"""Names the target tables of the migration, their columns and the types in which rows are compared.

int is a whole number of 32 bits, big one of 64 bits, float one of 32 bits; every table ends with y, m, d.
"""

_TABLES = """
flow_scores: tstart text, srcip text, dstip text, sport int, dport int, proto text, ipkt big, ibyt big, opkt big, obyt big,
    ml_score float, rank int, srcip_internal int, dstip_internal int, src_geoloc text, dst_geoloc text, src_domain text,
    dst_domain text, src_rep text, dst_rep text
flow_threat_investigation: tstart text, srcip text, dstip text, srcport int, dstport int, score int
flow_chords: ip_threat text, srcip text, dstip text, ibyt big, ipkt big
flow_edge: tstart text, srcip text, dstip text, sport int, dport int, proto text, flags text, tos int, ibyt big, ipkt big,
    input big, output big, rip text, obyt big, opkt big, hh int, mn int
flow_storyboard: ip_threat text, title text, text text
flow_timeline: ip_threat text, tstart text, tend text, srcip text, dstip text, proto text, sport int, dport int, ipkt big,
    ibyt big
flow_ingest_summary: tdate text, total big

dns_scores: frame_time text, unix_tstamp big, frame_len big, ip_dst text, dns_qry_name text, dns_qry_class text,
    dns_qry_type int, dns_qry_rcode int, ml_score float, tld text, query_rep text, hh int, dns_qry_class_name text,
    dns_qry_type_name text, dns_qry_rcode_name text, network_context text
dns_threat_investigation: unix_tstamp big, ip_dst text, dns_qry_name text, ip_sev int, dns_sev int
dns_dendro: unix_tstamp big, dns_a text, dns_qry_name text, ip_dst text
dns_edge: unix_tstamp big, frame_len big, ip_dst text, ip_src text, dns_qry_name text, dns_qry_class text,
    dns_qry_type int, dns_qry_rcode int, dns_a text, hh int, dns_qry_class_name text, dns_qry_type_name text,
    dns_qry_rcode_name text, network_context text
dns_storyboard: ip_threat text, dns_threat text, title text, text text
dns_threat_dendro: anchor text, total big, dns_qry_name text, ip_dst text
dns_ingest_summary: tdate text, total big

proxy_scores: tdate text, time text, clientip text, host text, reqmethod text, useragent text, resconttype text,
    duration int, username text, webcat text, referer text, respcode int, uriport int, uripath text, uriquery text,
    serverip text, scbytes big, csbytes big, fulluri text, word text, ml_score float, uri_rep text, respcode_name text,
    network_context text
proxy_threat_investigation: tdate text, fulluri text, uri_sev int
proxy_edge: tdate text, time text, clientip text, host text, webcat text, respcode text, reqmethod text, useragent text,
    resconttype text, referer text, uriport text, serverip text, scbytes big, csbytes big, fulluri text, hh int,
    respcode_name text
proxy_storyboard: p_threat text, title text, text text
proxy_timeline: p_threat text, tstart text, tend text, duration big, clientip text, respcode text, respcodename text
proxy_ingest_summary: tdate text, total big
"""


def columns(text):
    """Returns the (name, type) pairs of a list such as `a text, b int`."""
    return [tuple(column.split()) for column in text.split(",")]


def _tables():
    tables = {}
    for paragraph in _TABLES.replace("\n    ", " ").split("\n"):
        if paragraph:
            name, text = paragraph.split(": ")
            tables[name] = columns(text + ", y int, m int, d int")
    return tables


TABLES = _tables()
PIPELINES = ("flow", "dns", "proxy")
