"""MISP's own rules of a pull, in plain code."""


class Pull:
    """MISP's pull of events from `source` into `target`, which becomes what MISP would leave."""

    def __init__(self, source, target, internal, host):
        self.a, self.b, self.internal, self.host = source, target, internal, host
        for event in list(source.tables["events"].values()):
            self.event(event)
        taken = [pair for pair in map(self.cluster, list(source.tables["galaxy_clusters"].values())) if pair]
        for row, known in taken:
            self.sets(row, known)

    def step(self, row):
        row = dict(row)
        if "threat_level_id" in row:
            # MISP has the same numbers everywhere, and this test does not.
            level = self.a.tables["threat_levels"][row["threat_level_id"]]["name"]
            row["threat_level_id"] = self.b.find("threat_levels", name=level)["id"]
        if not self.internal:
            row["distribution"] = {"1": "0", "2": "1"}.get(row["distribution"], row["distribution"])
        return row

    def may_go(self, row):
        return self.internal or row["distribution"] in ("1", "2", "3", "5")

    def free(self, table, name):
        return name if self.b.find(table, name=name) is None else name + "_0000"

    def insert(self, table, row, **values):
        values = {**row, **values}
        del values["id"]
        return self.b.add(table, **values)

    def organisation(self, id):
        if id == "0":
            return "0"
        row = self.a.tables["organisations"][id]
        known = self.b.find("organisations", uuid=row["uuid"])
        if known is None:
            name = self.free("organisations", row["name"])
            known = self.insert("organisations", row, name=name, created_by=0, local=0, restricted_to_domain=None, landingpage=None)
        return known["id"]

    def tag(self, id):
        """The number of a tag, or None if the tag stays at home."""
        row = self.a.tables["tags"][id]
        if row["exportable"] == "0" or (row["local_only"] == "1" and not self.internal):
            return None
        for known in self.b.tables["tags"].values():
            if known["name"].lower() == row["name"].lower():
                return known["id"]
        return self.insert("tags", row, org_id=0, user_id=0, hide_tag=0)["id"]

    def sharing_group(self, id):
        if id in (None, "0"):
            return id
        row = self.a.tables["sharing_groups"][id]
        known = self.b.find("sharing_groups", uuid=row["uuid"])
        if known is None:
            known = self.insert("sharing_groups", row, name=self.free("sharing_groups", row["name"]), local=0, sync_user_id=0, org_id=self.organisation(row["org_id"]))
        elif known["local"] == "1":
            return known["id"]
        elif row["modified"] > known["modified"]:
            known.update({column: row[column] for column in ("name", "releasability", "description", "created", "modified", "roaming")})
        for member in self.a.all("sharing_group_orgs", sharing_group_id=id):
            org = self.organisation(member["org_id"])
            there = self.b.find("sharing_group_orgs", sharing_group_id=known["id"], org_id=org)
            if there is None:
                self.insert("sharing_group_orgs", member, sharing_group_id=known["id"], org_id=org)
            else:
                there["extend"] = member["extend"]
        return known["id"]

    def event(self, event):
        if event["published"] == "0" or event["protected"] == "1" or not (self.may_go(event) or self.internal):
            return
        if self.b.find("event_blocklists", event_uuid=event["uuid"]):
            return
        if self.b.find("org_blocklists", org_uuid=self.a.tables["organisations"][event["orgc_id"]]["uuid"]):
            return
        known = self.b.find("events", uuid=event["uuid"])
        if known and known["locked"] == "0" and not self.internal:
            # MISP pulls sightings by themselves, for all events that it has.
            self.sightings(event, known)
            return
        sent = self.step(event)
        if known is None:
            host = self.b.find("organisations", uuid=self.host)["id"]
            known = self.insert(
                "events", sent, org_id=host, orgc_id=self.organisation(event["orgc_id"]), user_id=0, locked=1, proposal_email_lock=0,
                sighting_timestamp=0, protected=None, sharing_group_id=self.sharing_group(event["sharing_group_id"]),
            )
        elif int(sent["timestamp"]) > int(known["timestamp"]):
            sent["sharing_group_id"] = self.sharing_group(event["sharing_group_id"])
            for column in ("date", "threat_level_id", "analysis", "info", "published", "distribution", "timestamp", "sharing_group_id", "disable_correlation", "extends_uuid"):
                known[column] = sent[column]
        else:
            self.sightings(event, known)
            return
        self.children(event, known)
        self.sightings(event, known)
        known["attribute_count"] = str(len(self.b.all("attributes", event_id=known["id"], deleted=0)))

    def child(self, table, row, known_event, **values):
        """Takes a row that belongs to an event; returns it, or None if MISP would not."""
        known = self.b.find(table, uuid=row["uuid"])
        if known is None:
            return self.insert(table, row, event_id=known_event["id"], **values)
        assert known["event_id"] == known_event["id"], "the test has no row that changes its event"
        if int(row["timestamp"]) > int(known["timestamp"]):
            fixed = ("id", "event_id", "object_id", "source_uuid", "referenced_uuid", "referenced_id", "referenced_type")
            new = {**row, **values}
            known.update({column: value for column, value in new.items() if column not in fixed})
        return known

    def children(self, event, known):
        objects, attributes = {}, {}
        for row in self.a.all("objects", event_id=event["id"]):
            if self.may_go(row):
                sharing = self.sharing_group(row["sharing_group_id"])
                objects[row["id"]] = self.child("objects", self.step(row), known, sharing_group_id=sharing)
        for row in self.a.all("attributes", event_id=event["id"]):
            if not self.may_go(row) or (row["object_id"] != "0" and row["object_id"] not in objects):
                continue
            within = objects[row["object_id"]]["id"] if row["object_id"] != "0" else "0"
            sharing = self.sharing_group(row["sharing_group_id"])
            attributes[row["id"]] = self.child("attributes", self.step(row), known, object_id=within, sharing_group_id=sharing)
            for link in self.a.all("attribute_tags", attribute_id=row["id"]):
                self.link("attribute_tags", link, attribute_id=attributes[row["id"]]["id"], event_id=known["id"])
        for row in self.a.all("object_references", event_id=event["id"]):
            to = (objects if row["referenced_type"] == "1" else attributes).get(row["referenced_id"])
            if row["object_id"] in objects and to is not None:
                self.child("object_references", row, known, object_id=objects[row["object_id"]]["id"], referenced_id=to["id"])
        for row in self.a.all("event_reports", event_id=event["id"]):
            if self.may_go(row):
                self.child("event_reports", self.step(row), known, sharing_group_id=self.sharing_group(row["sharing_group_id"]))
        for link in self.a.all("event_tags", event_id=event["id"]):
            self.link("event_tags", link, event_id=known["id"])

    def link(self, table, link, **ends):
        if link["local"] == "1" and not self.internal:
            return
        tag = self.tag(link["tag_id"])
        if tag is not None and self.b.find(table, tag_id=tag, **ends) is None:
            self.insert(table, link, tag_id=tag, **ends)

    def sightings(self, event, known):
        for row in self.a.all("sightings", event_id=event["id"]):
            attribute = self.a.tables["attributes"][row["attribute_id"]]
            seen = self.b.find("attributes", uuid=attribute["uuid"])
            if seen is not None and self.b.find("sightings", uuid=row["uuid"]) is None:
                self.insert("sightings", row, attribute_id=seen["id"], event_id=known["id"], org_id=self.organisation(row["org_id"]))

    def cluster(self, row):
        """Takes a galaxy cluster; returns it and the target's, or None if MISP would not."""
        if row["default"] == "1" or row["published"] == "0" or not (self.internal or row["distribution"] in ("1", "2", "3")):
            return None
        if self.b.find("galaxy_cluster_blocklists", cluster_uuid=row["uuid"]):
            return None
        if self.b.find("org_blocklists", org_uuid=self.a.tables["organisations"][row["orgc_id"]]["uuid"]):
            return None
        known = self.b.find("galaxy_clusters", uuid=row["uuid"])
        if known and ((known["locked"] == "0" and not self.internal) or int(row["version"]) <= int(known["version"])):
            return None
        sent = {**self.step(row), "sharing_group_id": self.sharing_group(row["sharing_group_id"])}
        if known is None:
            galaxy = self.a.tables["galaxies"][row["galaxy_id"]]
            there = self.b.find("galaxies", uuid=galaxy["uuid"]) or self.insert("galaxies", galaxy)
            host = self.b.find("organisations", uuid=self.host)["id"]
            orgc = self.organisation(row["orgc_id"])
            return row, self.insert("galaxy_clusters", sent, galaxy_id=there["id"], org_id=host, orgc_id=orgc, locked=1)
        fixed = ("id", "uuid", "galaxy_id", "org_id", "orgc_id", "locked")
        known.update({column: value for column, value in sent.items() if column not in fixed})
        return row, known

    def sets(self, row, known):
        """Replaces what belongs to a cluster."""
        for relation in self.b.all("galaxy_cluster_relations", galaxy_cluster_id=known["id"]):
            self.drop("galaxy_cluster_relation_tags", galaxy_cluster_relation_id=relation["id"])
        self.drop("galaxy_cluster_relations", galaxy_cluster_id=known["id"])
        self.drop("galaxy_elements", galaxy_cluster_id=known["id"])
        for element in self.a.all("galaxy_elements", galaxy_cluster_id=row["id"]):
            self.insert("galaxy_elements", element, galaxy_cluster_id=known["id"])
        for relation in self.a.all("galaxy_cluster_relations", galaxy_cluster_id=row["id"]):
            if not (self.internal or relation["distribution"] in ("1", "2", "3")):
                continue
            to = self.b.find("galaxy_clusters", uuid=relation["referenced_galaxy_cluster_uuid"])
            sharing = self.sharing_group(relation["sharing_group_id"])
            sent = self.step(relation)
            new = self.insert("galaxy_cluster_relations", sent, galaxy_cluster_id=known["id"], referenced_galaxy_cluster_id=to["id"] if to else 0, sharing_group_id=sharing)
            for link in self.a.all("galaxy_cluster_relation_tags", galaxy_cluster_relation_id=relation["id"]):
                tag = self.tag(link["tag_id"])
                if tag is not None:
                    self.insert("galaxy_cluster_relation_tags", link, galaxy_cluster_relation_id=new["id"], tag_id=tag)

    def drop(self, table, **values):
        for row in self.b.all(table, **values):
            del self.b.tables[table][row["id"]]
