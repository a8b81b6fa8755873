"""What two MISPs hold before the first bundle, and what happens to one of them before the second."""

import time

from hub import HUB, Hub, uuid

OLD, NEWER = 1700000000, 1700009000


def base(hub):
    hub.add("admin_settings", setting="db_version", value=130)
    for name in ("High", "Medium", "Low", "Undefined"):
        hub.add("threat_levels", name=name)


def organisation(hub, name, of=None):
    return hub.add("organisations", name=name, uuid=uuid("org", of or name), local=1, created_by=1, landingpage="mine")


def fill_hub():
    a = Hub(HUB)
    base(a)
    for name in ("Alpha", "Beta", "Bad", "Taken", "Watcher"):
        organisation(a, name)
    for name, more in (("TLP:AMBER", {}), ("Misc", {}), ("home", {"exportable": 0}), ("room", {"local_only": 1}), ("desk", {})):
        a.add("tags", **{"name": name, "colour": "#123456", "exportable": 1, "org_id": 1, "user_id": 1, "hide_tag": 1, **more})
    org = {row["name"]: row["id"] for row in a.tables["organisations"].values()}
    for name in ("one", "ours", "named", "known"):
        group = a.add("sharing_groups", name=name, uuid=uuid("group", name), organisation_uuid=uuid("org", "Alpha"), org_id=org["Alpha"], active=1, local=1, modified="2025-01-01 00:00:00", sync_user_id=1, releasability="new")
        for member in ("Alpha", "Beta"):
            a.add("sharing_group_orgs", sharing_group_id=group["id"], org_id=org[member], extend=1)
    group = {row["name"]: row["id"] for row in a.tables["sharing_groups"].values()}
    cases = [
        ("new", {"distribution": 1}), ("connected", {"distribution": 2}), ("all", {"distribution": 3, "extends_uuid": uuid("event", "new")}),
        ("only us", {"distribution": 0}), ("not ready", {"distribution": 3, "published": 0}), ("signed", {"distribution": 3, "protected": 1}),
        ("unsigned", {"distribution": 3, "protected": 0}), ("blocked", {"distribution": 3}), ("bad", {"distribution": 3, "orgc_id": org["Bad"]}),
        ("taken", {"distribution": 3, "orgc_id": org["Taken"]}), ("own", {"distribution": 3}), ("common", {"distribution": 2}),
        ("newer there", {"distribution": 3}), ("quiet", {"distribution": 3}),
        *((f"shared {name}", {"distribution": 4, "sharing_group_id": group[name]}) for name in group),
    ]
    for name, more in cases:
        values = {
            "uuid": uuid("event", name), "info": name, "org_id": 1, "orgc_id": org["Alpha"], "user_id": 3, "published": 1, "timestamp": NEWER, "publish_timestamp": NEWER,
            "analysis": 2, "threat_level_id": a.find("threat_levels", name="Medium")["id"], "attribute_count": 99, "sharing_group_id": 0, "sighting_timestamp": 5,
        }
        fill(a, a.add("events", **{**values, **more}), NEWER, name == "quiet")
    cases = [
        ("new", 2, {"distribution": 1}), ("common", 3, {"distribution": 3}), ("own", 3, {"distribution": 3}), ("newer there", 3, {"distribution": 3}),
        ("same", 3, {}), ("only us", 3, {"distribution": 0}), ("not ready", 3, {"published": 0}), ("blocked", 3, {}),
        ("bad", 3, {"orgc_id": org["Bad"]}), ("library", 3, {"default": 1}), ("gone", 3, {"deleted": 1}), ("bare", 3, {}),
    ]
    galaxies = [galaxy(a, name)["id"] for name in ("here and there", "only here")]
    for at, (name, version, more) in enumerate(cases):
        cluster(a, name, version, galaxies[at % 2], **{"orgc_id": org["Alpha"], "org_id": 1, "distribution": 3, **more})
    for name in ("new", "common", "own", "newer there"):
        belongings(a, name, ("k", "v1"), ("k", "v1"), ("k", "v2"), ("refs", "it's"))
        for to, kind, distribution in (("common", "uses", 3), ("common", "uses", 3), ("library", "similar", 1), ("nobody", "uses", 2), ("new", "hidden", 0)):
            relation(a, name, to, kind, distribution, "Misc", "home")
    belongings(a, "same", ("k", "v1"))
    return a


def galaxy(hub, name):
    return hub.add("galaxies", uuid=uuid("galaxy", name), name=name, type=name, version=1)


def cluster(hub, name, version, galaxy_id, **more):
    values = {"uuid": uuid("cluster", name), "value": name, "type": "actor", "tag_name": f"misp-galaxy:actor={name}", "galaxy_id": galaxy_id, "version": version, "published": 1}
    return hub.add("galaxy_clusters", **{**values, **more})


def belongings(hub, name, *elements):
    """Adds elements to a cluster."""
    at = hub.find("galaxy_clusters", uuid=uuid("cluster", name))["id"]
    for key, value in elements:
        hub.add("galaxy_elements", galaxy_cluster_id=at, key=key, value=value)


def relation(hub, name, to, kind, distribution, *tags):
    at, other = (hub.find("galaxy_clusters", uuid=uuid("cluster", which)) for which in (name, to))
    row = hub.add(
        "galaxy_cluster_relations", galaxy_cluster_id=at["id"], galaxy_cluster_uuid=at["uuid"], referenced_galaxy_cluster_uuid=uuid("cluster", to),
        referenced_galaxy_cluster_id=other["id"] if other else 0, referenced_galaxy_cluster_type=kind, distribution=distribution,
    )
    known = {row["name"].lower(): row["id"] for row in hub.tables["tags"].values()}
    for tag in tags:
        hub.add("galaxy_cluster_relation_tags", galaxy_cluster_relation_id=row["id"], tag_id=known[tag.lower()])


def fill(hub, event, moment, quiet=False):
    """Adds everything that can belong to an event, in all distributions."""
    event_id, name = event["id"], event["info"]
    if quiet:
        return
    known = {row["name"].lower(): row["id"] for row in hub.tables["tags"].values()}
    org = {row["uuid"]: row["id"] for row in hub.tables["organisations"].values()}

    def attribute(what, **more):
        values = {"event_id": event_id, "category": "Network", "type": "domain", "value1": f"{what}.{name}", "timestamp": moment, "distribution": 5, "sharing_group_id": 0}
        return hub.add("attributes", uuid=uuid("attribute", name, what), **{**values, **more})

    plain = attribute("plain", comment="it's", first_seen=1)
    for distribution in range(4):
        attribute(f"level {distribution}", distribution=distribution)
    attribute("gone", deleted=1)
    stored = attribute("file", type="attachment", category="Payload")
    attribute("sample", type="malware-sample", category="Payload", value2="0" * 32)
    objects = {}
    for level in (0, 1, 5):
        objects[level] = hub.add("objects", uuid=uuid("object", name, level), name="file", template_version=2, event_id=event_id, timestamp=moment, distribution=level, **{"meta-category": "file"})
        attribute(f"part {level}", object_id=objects[level]["id"], object_relation="name")
    part = hub.find("attributes", uuid=uuid("attribute", name, "part 0"))
    for level, to, kind in ((5, plain, 0), (5, objects[1], 1), (5, objects[0], 1), (0, plain, 0), (1, part, 0)):
        hub.add("object_references", uuid=uuid("reference", name, level, to["uuid"]), timestamp=moment, object_id=objects[level]["id"], event_id=event_id, source_uuid=objects[level]["uuid"], referenced_uuid=to["uuid"], referenced_id=to["id"], referenced_type=kind, relationship_type="uses")
    for level in (0, 2, 5):
        hub.add("event_reports", uuid=uuid("report", name, level), event_id=event_id, name=f"Report {level}", content="text", distribution=level, timestamp=moment)
    for tag, local in (("tlp:amber", 0), ("misc", 0), ("home", 0), ("room", 0), ("desk", 1)):
        if tag in known:
            hub.add("event_tags", event_id=event_id, tag_id=known[tag], local=local, relationship_type="from")
            hub.add("attribute_tags", attribute_id=plain["id"], event_id=event_id, tag_id=known[tag], local=local)
    for at, (who, of) in enumerate((("Watcher", plain), (None, stored), ("Beta", part))):
        seen_by = org.get(uuid("org", who), "0") if who else "0"
        hub.add("sightings", uuid=uuid("sighting", name, at), attribute_id=of["id"], event_id=event_id, org_id=seen_by, date_sighting=1000 + at, source="here")


def add_own(b):
    """What a MISP adds to what it got, before it passes it on."""
    event = b.add("events", **{"uuid": uuid("event", "of the middle"), "info": "of the middle", "org_id": b.find("organisations", uuid=uuid("org", "Host"))["id"], "orgc_id": b.find("organisations", uuid=uuid("org", "Host"))["id"], "user_id": 9, "published": 1, "timestamp": OLD, "publish_timestamp": OLD, "analysis": 0, "threat_level_id": b.find("threat_levels", name="Low")["id"], "sharing_group_id": 0, "distribution": 3})
    fill(b, event, OLD)
    passed = b.find("events", uuid=uuid("event", "all"))
    b.add("attributes", uuid=uuid("attribute", "of the middle"), event_id=passed["id"], category="Other", type="text", value1="added", sharing_group_id=0, timestamp=OLD, distribution=5)


def fill_third(name):
    """A MISP that gets its events from another one's target."""
    c = Hub(name, 9001)
    base(c)
    host = organisation(c, "Host of the third", "Host")
    organisation(c, "Alpha")
    c.add("events", **{"uuid": uuid("event", "all"), "info": "older", "org_id": host["id"], "orgc_id": host["id"], "user_id": 9, "published": 1, "locked": 1, "timestamp": OLD, "publish_timestamp": 5, "analysis": 0, "threat_level_id": c.find("threat_levels", name="Low")["id"], "sharing_group_id": 0, "distribution": 0})
    return c


def fill_target(name):
    b = Hub(name, 501)
    base(b)
    host = organisation(b, "Host")
    organisation(b, "Beta as we call it", "Beta")
    organisation(b, "Taken", "another one")
    alpha, watcher = organisation(b, "Alpha"), organisation(b, "Watcher")
    for tag in ("tlp:amber", "mISC", "home", "room", "desk"):
        b.add("tags", name=tag, colour="#ffffff", exportable=1)
    for group, more in (("ours", {"local": 1}), ("named", {"uuid": uuid("group", "another one"), "local": 1}), ("known", {"local": 0, "modified": "2024-01-01 00:00:00"})):
        row = b.add("sharing_groups", **{"name": group, "uuid": uuid("group", group), "organisation_uuid": uuid("org", "Alpha"), "org_id": alpha["id"], "active": 0, "releasability": "old", "description": "old", **more})
        b.add("sharing_group_orgs", sharing_group_id=row["id"], org_id=alpha["id"])
    b.add("event_blocklists", event_uuid=uuid("event", "blocked"), event_info="x", event_orgc="x")
    b.add("org_blocklists", org_uuid=uuid("org", "Bad"), org_name="x")
    for event, locked, moment, more in (
        ("own", 0, OLD, {}), ("mine alone", 0, OLD, {}), ("common", 1, OLD, {}), ("newer there", 1, NEWER + 50, {"published": 0}),
    ):
        row = b.add("events", **{"uuid": uuid("event", event), "info": event, "org_id": host["id"], "orgc_id": alpha["id"], "user_id": 9, "published": 1, "locked": locked, "timestamp": moment, "publish_timestamp": 77, "analysis": 0, "threat_level_id": b.find("threat_levels", name="Low")["id"], "sharing_group_id": 0, "proposal_email_lock": 1, "distribution": 0, **more})
        fill(b, row, moment)
        # A row of the target that the source does not have, and one that only the source has.
        b.add("attributes", uuid=uuid("attribute", "there alone", event), event_id=row["id"], category="Other", type="text", value1="ours", sharing_group_id=0, timestamp=OLD)
        if event in ("own", "common"):
            lost = b.find("attributes", uuid=uuid("attribute", event, "level 3"))
            del b.tables["attributes"][lost["id"]]
        row["info"] = f"{event} as it was"
        row["attribute_count"] = str(len(b.all("attributes", event_id=row["id"], deleted=0)))
    b.add("galaxy_cluster_blocklists", cluster_uuid=uuid("cluster", "blocked"), cluster_info="x", cluster_orgc="x")
    there = galaxy(b, "here and there")
    there["name"] = "as it is called there"
    for name, version, more in (
        ("common", 2, {}), ("own", 1, {"locked": 0}), ("newer there", 9, {}), ("same", 3, {}), ("library", 3, {"default": 1, "locked": 0}), ("mine alone", 1, {"locked": 0}),
    ):
        cluster(b, name, version, there["id"], **{"orgc_id": alpha["id"], "org_id": host["id"], "distribution": 3, "locked": 1, **more})
    for name in ("common", "own", "newer there", "mine alone", "library"):
        belongings(b, name, ("k", "v2"), ("k", "v1"), ("old", "gone"), ("old", "gone"))
        for to, kind in (("common", "uses"), ("library", "old")):
            relation(b, name, to, kind, 3, "misc", "desk")
    belongings(b, "same", ("k", "v1"))
    return b


def edit(a):
    """What happens on the hub between two bundles."""
    now = int(time.time())

    def touched(name):
        row = a.find("events", uuid=uuid("event", name))
        row.update(timestamp=str(now), publish_timestamp=str(now), published="1")
        return row

    touched("new")["info"] = "edited"
    tagged = touched("quiet")
    a.add("event_tags", event_id=tagged["id"], tag_id=a.find("tags", name="Misc")["id"])
    touched("connected")
    gone = a.find("attributes", uuid=uuid("attribute", "connected", "plain"))
    gone.update(deleted="1", timestamp=str(now))
    for name in ("all", "own"):
        seen = a.find("attributes", uuid=uuid("attribute", name, "plain"))
        a.add("sightings", uuid=uuid("late sighting", name), attribute_id=seen["id"], event_id=seen["event_id"], org_id=0, date_sighting=1, source="late")
    # Only its publication is new.
    a.find("events", uuid=uuid("event", "not ready")).update(published="1", publish_timestamp=str(now))
    for mine in ("own", "common"):
        touched(mine)["info"] = "edited again"
        a.find("attributes", uuid=uuid("attribute", mine, "file")).update(comment="edited", timestamp=str(now))
    # A cluster gets an empty set, another one loses a twin and a relation.
    for name in ("new", "common"):
        row = a.find("galaxy_clusters", uuid=uuid("cluster", name))
        row["version"] = "20"
        elements = a.all("galaxy_elements", galaxy_cluster_id=row["id"])
        for element in elements if name == "new" else elements[:1]:
            del a.tables["galaxy_elements"][element["id"]]
        lost = a.all("galaxy_cluster_relations", galaxy_cluster_id=row["id"])[0]
        for link in a.all("galaxy_cluster_relation_tags", galaxy_cluster_relation_id=lost["id"]):
            del a.tables["galaxy_cluster_relation_tags"][link["id"]]
        del a.tables["galaxy_cluster_relations"][lost["id"]]
