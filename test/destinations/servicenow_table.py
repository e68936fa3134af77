import pysnow
from drive import REST, URL, refused

user, password = REST


def incidents(secret, table="incident"):
    client = pysnow.Client(host=URL.removeprefix("http://"), user=user, password=secret, use_ssl=False)
    return client.resource(api_path=f"/table/{table}")


table = incidents(password)
row = table.create(payload={
    "short_description": "x" * 200, "correlation_id": "sluice-9", "urgency": "1", "no_such_column": "x",
}).one()
assert (len(row["short_description"]), row["state"], "no_such_column" in row) == (160, "1", False)
named = {"sys_id": row["sys_id"]}
assert table.get(query={"correlation_id": "sluice-9"}).one()["number"] == row["number"]
assert len(table.get(query="no_such_column=a^correlation_id=sluice-9").all()) == 1, "a wrong part of a query is not ignored"
assert len(table.get(query="no_such_column=a").all()) == 1, "a wrong query finds something else"
refused(lambda: table.get(query={"correlation_id": "nothing"}).one(), "404")
assert table.update(query=named, payload={"state": "2"}).one()["state"] == "2"
refused(lambda: table.update(query=named, payload={"state": "6"}).one(), "mandatory")
done = {"state": "6", "close_code": "Solution provided", "close_notes": "Done."}
assert table.update(query=named, payload=done).one()["sys_mod_count"] == "2"
refused(lambda: incidents("wrong").get(query=named).one(), "Not Authenticated")
refused(lambda: incidents(password, "nothing").get(query=named).one(), "Invalid table")
