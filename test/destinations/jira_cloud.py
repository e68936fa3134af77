from drive import REST, URL, refused
from jira import JIRA

email, token = REST
client = JIRA(server=URL, basic_auth=(email, token), options={"rest_api_version": "3"}, max_retries=0)
assert client.deploymentType == "Cloud"


def document(text):
    return {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [{"type": "text", "text": text}]}]}


fields = {"project": {"key": "OPS"}, "issuetype": {"name": "Task"}, "summary": "Disk full", "labels": ["sluice-inc_9"]}
issue = client.create_issue(fields={**fields, "description": document("db-1")})
assert (issue.key, issue.fields.status.name) == ("OPS-1", "To Do")
issue.update(fields={"summary": "Disk is full"})
assert client.issue(issue.key).fields.summary == "Disk is full"
assert [one["name"] for one in client.transitions(issue)] == ["Move to In Progress", "Move to Done"]
refused(lambda: client.transition_issue(issue, "Move to Done"), "Resolution is required")
client.transition_issue(issue, "Move to Done", fields={"resolution": {"name": "Done"}})
assert client.issue(issue.id).fields.resolution.name == "Done"
assert len(client.enhanced_search_issues('labels = "sluice-inc_9"')) == 0, "the search does not lag"
refused(lambda: client.create_issue(fields={**fields, "description": "text"}), "Atlassian Document")
refused(lambda: client.create_issue(fields={**fields, "severity": "high"}), "cannot be set")
refused(lambda: client.create_issue(fields={**fields, "summary": "x" * 255}), "less than 255")
refused(lambda: client.create_issue(fields={**fields, "summary": "a\nb"}), "newline")
refused(lambda: client.create_issue(fields={**fields, "labels": ["a b"]}), "contains spaces")
refused(lambda: client.create_issue(fields={**fields, "project": {"key": "NO"}}), "valid project is required")
refused(lambda: client.create_issue(fields={**fields, "description": document("x" * 33_000)}), "too long")
refused(lambda: client.issue("OPS-99"), "does not exist")
other = JIRA(server=URL, basic_auth=(email, "wrong"), options={"rest_api_version": "3"}, max_retries=0)
refused(lambda: other.issue(issue.key), "authenticated")
