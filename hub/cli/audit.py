"""`hub audit`: what the log shows whoever has to answer for it."""

from cyclopts import App

from hub.cli.audit_access import access
from hub.cli.audit_report import report

app = App(name="audit", help="What the log shows whoever has to answer for it: a month, and who looked somebody up.")
app.command(report)
app.command(access)
