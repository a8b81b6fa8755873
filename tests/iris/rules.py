"""The rules by which rows of DFIR-IRIS come together, in plain code over rows that are named by what they are, and not by their number."""

# What makes two rows the same.
KEYS = {
    "user": ["user"], "assets_type": ["asset_name"], "ioc_type": ["type_name"], "tlp": ["tlp_name"], "severities": ["severity_name"],
    "alert_status": ["status_name"], "alert_resolution_status": ["resolution_status_name"], "analysis_status": ["name"],
    "task_status": ["status_name"], "event_category": ["name"], "case_state": ["state_name"], "review_status": ["status_name"],
    "evidence_type": ["name"], "case_classification": ["name"], "tags": ["tag_title"], "client": ["name"], "contact": ["contact_uuid"],
    "cases": ["case_uuid"], "object_state": ["object_case_id", "object_name"], "case_tags": ["case_id", "tag_id"],
    "case_protagonist": ["case_id", "name", "role"], "case_kanban": ["case_id"], "case_assets": ["asset_uuid"],
    "ioc": ["ioc_value", "ioc_type_id"], "ioc_link": ["ioc_id", "case_id"], "ioc_asset_link": ["ioc_id", "asset_id"],
    "cases_events": ["event_uuid"], "case_events_category": ["event_id"], "case_events_assets": ["event_id", "asset_id"],
    "case_events_ioc": ["event_id", "ioc_id"], "note_directory": ["case_id", "name"], "notes": ["note_uuid"],
    "note_revisions": ["note_id", "revision_number"], "case_tasks": ["task_uuid"], "task_assignee": ["task_id", "user_id"],
    "case_received_file": ["file_uuid"], "alerts": ["alert_uuid"], "alert_case_association": ["alert_id", "case_id"],
    "alert_assets_association": ["alert_id", "asset_id"], "alert_iocs_association": ["alert_id", "ioc_id"], "comments": ["comment_uuid"],
    "event_comments": ["comment_id", "comment_event_id"], "task_comments": ["comment_id", "comment_task_id"],
    "ioc_comments": ["comment_id", "comment_ioc_id"], "asset_comments": ["comment_id", "comment_asset_id"],
    "evidence_comments": ["comment_id", "comment_evidence_id"], "note_comments": ["comment_id", "comment_note_id"],
}
# The time of the last change, where there is one.
CHANGED = {
    "client": "last_update_date", "object_state": "object_last_update", "case_assets": "date_update", "notes": "note_lastupdate",
    "note_revisions": "revision_timestamp", "case_tasks": "task_last_update", "comments": "comment_update_date",
}
MADE = {
    "evidence_type": "creation_date", "case_classification": "creation_date", "tags": "tag_creation_date", "client": "creation_date",
    "cases": "initial_date", "case_assets": "date_added", "cases_events": "event_added", "notes": "note_creationdate",
    "case_tasks": "task_open_date", "case_received_file": "date_added", "alerts": "alert_creation_time", "comments": "comment_date",
}
# Rows that travel only because others refer to them, and that the target never changes.
TYPES = set(list(KEYS)[:15])
# What `known=keep` leaves alone.
UNDATED = {
    "contact", "cases", "case_protagonist", "case_kanban", "ioc", "cases_events", "case_events_category", "note_directory",
    "case_received_file", "alerts",
}
STAYS = {"client": {"client_uuid"}, "ioc": {"ioc_uuid"}}
# What an account does not bring along.
BLANK = {
    "email": None, "password": None, "ctx_case": None, "ctx_human_case": None, "active": False, "api_key": None, "external_id": None,
    "in_dark_mode": None, "has_mini_sidebar": None, "has_deletion_confirmation": None, "mfa_secrets": None,
    "webauthn_credentials": None, "mfa_setup_complete": None,
}


def travelling(rows):
    """The rows that leave: all that are no types, and the types that one of those needs, and what those need."""
    found = {table: dict(named) if table not in TYPES else {} for table, named in rows.items()}
    open_rows = [row for table, named in found.items() for row in named.values()]
    while open_rows:
        for value in open_rows.pop().values():
            if isinstance(value, tuple) and value[0] in TYPES and value not in found[value[0]]:
                found[value[0]][value] = rows[value[0]][value]
                open_rows.append(rows[value[0]][value])
    return found


def merged(ours, theirs, known):
    """What is on our side when theirs has arrived."""
    result = {table: {name: dict(row) for name, row in named.items()} for table, named in ours.items()}
    for table, named in travelling(theirs).items():
        changed, made = CHANGED.get(table), MADE.get(table)
        for name, row in named.items():
            new = dict(row)
            if table == "user":
                new.update(BLANK)
                del new["uuid"]
            old = result[table].get(name)
            if old is None:
                result[table][name] = new
                continue
            if table in TYPES or known == "keep" and table in UNDATED:
                continue
            new.update({column: old[column] for column in STAYS.get(table, ())})
            if made:
                new[made] = min(new[made], old[made])
            if changed and new[changed] < old[changed]:
                new = {**old, **({made: new[made]} if made else {})}
            result[table][name] = new
    return result
