from drive import REST, URL, refused
from zammad_py import ZammadAPI

token, group = REST
client = ZammadAPI(url=f"{URL}/api/v1/", http_token=token)
assert client.user.me()["login"] == "sluice"
fields = {
    "title": "Disk full", "group": group, "customer": "ann@example.com", "priority": "3 high", "tags": "sluice,sluice-9",
    "article": {"subject": "Disk", "body": "<b>db-1</b>", "content_type": "text/html", "type": "note", "internal": True},
}
ticket = client.ticket.create(params=fields)
assert (ticket["id"], ticket["state"]) == (1, "new")
client.ticket.update(1, {"state": "closed", "article": {"subject": "Done", "body": "Done."}})
assert client.ticket.find(1)["state"] == "closed"
assert [one["subject"] for one in client.ticket.articles(1)] == ["Disk", "Done"]
assert client.ticket.tags(1)["tags"] == ["sluice", "sluice-9"]
assert len(client.ticket.search('tags:"sluice-9"')) == 0, "the search does not lag"
refused(lambda: client.ticket.create(params={**fields, "group": "Nobody"}), "No lookup value found for 'group'")
refused(lambda: client.ticket.create(params={**fields, "article": {"subject": "x"}}), "article body")
refused(lambda: client.ticket.create(params={**fields, "priority": "urgent"}), "priority")
refused(lambda: client.ticket.update(1, {"state": "gone"}), "state")
refused(lambda: client.ticket.find(99), "Couldn't find Ticket")
refused(lambda: ZammadAPI(url=f"{URL}/api/v1/", http_token="wrong").user.me(), "Invalid token")
