from drive import REST, URL, refused
from jira import JIRA

client = JIRA(server=URL, token_auth=REST[0], max_retries=0)
assert client.deploymentType == "Server"
fields = {"project": {"key": "OPS"}, "issuetype": {"name": "Bug"}, "summary": "Disk full", "description": "h3. db-1"}
issue = client.create_issue(fields=fields)
client.add_comment(issue, "Looking.")
client.transition_issue(issue, "Move to In Progress")
assert client.issue(issue.key).fields.status.name == "In Progress"
refused(lambda: client.create_issue(fields={**fields, "description": {"type": "doc"}}), "must be a string")
refused(lambda: client.search_issues("ORDER BY created"), "Unbounded")
assert client.search_issues('labels = "none"').total == 0
