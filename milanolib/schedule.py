"""The schedule of beat. It only knocks: what is due lies in rows, so a late or double knock changes nothing."""

SCHEDULE = {
    "dispatch": {"task": "outbox.dispatch", "schedule": 5.0, "options": {"expires": 5}},
    "deliver": {"task": "outbox.deliver", "schedule": 5.0, "options": {"expires": 5}},
    "follow-copies": {"task": "loans.follow_copies", "schedule": 2.0, "options": {"expires": 2}},
    "retry-passed": {"task": "loans.retry_passed", "schedule": 60.0, "options": {"expires": 60}},
    "look-at-unfillable": {"task": "loans.look_at_unfillable", "schedule": 300.0, "options": {"expires": 300}},
    "apply-reports": {"task": "loans.apply_reports", "schedule": 60.0, "options": {"expires": 60}},
    "carry-on-closures": {"task": "loans.carry_on_closures", "schedule": 60.0, "options": {"expires": 60}},
    "empty-last-acts": {"task": "loans.empty_last_acts", "schedule": 60.0, "options": {"expires": 60}},
    "daily": {"task": "loans.daily", "schedule": 60.0, "options": {"expires": 60}},
    "catalog-daily": {"task": "catalog.daily", "schedule": 60.0, "options": {"expires": 60}},
    "proximity-daily": {"task": "proximity.daily", "schedule": 60.0, "options": {"expires": 60}},
    "run-imports": {"task": "catalog.run_imports", "schedule": 30.0, "options": {"expires": 30}},
    "registry": {"task": "registry.sweep", "schedule": 60.0, "options": {"expires": 60}},
    "partnerships": {"task": "partnerships.sweep", "schedule": 60.0, "options": {"expires": 60}},
    "initiatives": {"task": "partnerships.initiatives", "schedule": 60.0, "options": {"expires": 60}},
    "accounts": {"task": "accounts.sweep", "schedule": 60.0, "options": {"expires": 60}},
    "notifications": {"task": "notifications.sweep", "schedule": 60.0, "options": {"expires": 60}},
    "purge": {"task": "outbox.purge", "schedule": 3600.0, "options": {"expires": 3600}},
}
