"""A repository with many different faults over several files, and where each of them is."""

from __future__ import annotations

from pathlib import Path

FILES = {
    "krampus.yaml": """\
name: Faulty
accounts:
  website-prod: {id: 111122223333, team: web, enforce: true}
  data-lab: {id: "444455556666", team: dta}
  payments: {id: "777788889999", team: web, enforce: yes}
teams:
  web: {mention: web-oncall}
  data: {}
defaults: {grace: 7 days, team: web}
guardrials:
  attempts: 5
""",
    "tasks/open-ssh.yaml": """\
title: SSH open
reason: It is open.
action: disble
sevrity: high
targets:
  - arn:aws:ec2:eu-west-1:444455556666:instance/i-0123456789abcdef0
  - arn:aws:ec2:eu-west-1:444455556666:instance/i-*
""",
    "tasks/dates.yaml": """\
title: Dates
reason: Days that are not.
action: kill
after: 2026-02-30
until: 2026-13-01
targets:
  - resource: arn:aws:s3:::acme-assets
    account: payment
""",
    "tasks/zone.yaml": """\
title: Zone
reason: A time without a zone.
action: kill
after: 2026-12-01T09:00:00
targets: []
""",
    "tasks/twice.yaml": """\
title: Twice
title: Again
reason: A key appears twice.
action: kill
targets: [arn:aws:s3:::acme-assets]
""",
    "tasks/Bad_Name.yml": "title: The name\n",
    "exemptions/open.yaml": """\
reason: No end.
owner: web
resources: [arn:aws:s3:::acme-assets]
""",
    "exemptions/typo.yaml": """\
reason: Names that do not exist.
owner: web
expires: 2026-12-31
tasks: [opn-ssh]
resources: ["arn:aws:ec2:eu-west-1:*:instance/i-0123456789abcdef0"]
""",
    "exemptions/broken.yaml": """\
reason: "never closed
owner: web
""",
    "exemptions/hour.yaml": """\
reason: A number in base 60.
owner: 22:30
expires: 2026-12-31
resources: arn:aws:s3:::acme-assets
restore: "true"
""",
}

# (file, line, a word of the message)
FAULTS = (
    ("krampus.yaml", 3, "account id"),
    ("krampus.yaml", 4, "dta"),
    ("krampus.yaml", 5, "yes"),
    ("krampus.yaml", 7, "web-oncall"),
    ("krampus.yaml", 9, "7 days"),
    ("krampus.yaml", 10, "guardrials"),
    ("tasks/open-ssh.yaml", 3, "disble"),
    ("tasks/open-ssh.yaml", 4, "sevrity"),
    ("tasks/open-ssh.yaml", 7, "i-*"),
    ("tasks/dates.yaml", 4, "2026-02-30"),
    ("tasks/dates.yaml", 5, "2026-13-01"),
    ("tasks/dates.yaml", 8, "payment"),
    ("tasks/zone.yaml", 4, "zone"),
    ("tasks/zone.yaml", 5, "empty"),
    ("tasks/twice.yaml", 2, "title"),
    ("tasks/Bad_Name.yml", 1, ".yml"),
    ("exemptions/open.yaml", 1, "expires"),
    ("exemptions/typo.yaml", 4, "opn-ssh"),
    ("exemptions/typo.yaml", 5, "does not fix"),
    ("exemptions/broken.yaml", 1, "quote"),
    ("exemptions/hour.yaml", 2, "22:30"),
    ("exemptions/hour.yaml", 4, "list"),
    ("exemptions/hour.yaml", 5, "true"),
)


def write_faulty(root: Path) -> None:
    """Write all its files."""
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
