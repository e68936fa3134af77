from drive import REST, URL, refused
from pagerduty import EventsApiV2Client

client = EventsApiV2Client(REST[0], base_url=URL)
key = client.trigger(
    "Disk full", "db-1", dedup_key="disk", severity="error",
    custom_details={"free": "1 %"}, links=[{"href": "https://example.com", "text": "Graph"}],
)
assert key == "disk"
assert client.trigger("Disk full", "db-1", dedup_key="disk") == "disk"
assert client.acknowledge("disk") == "disk"
assert client.resolve("disk") == "disk"
assert len(client.trigger("Another", "db-1")) == 36
refused(lambda: client.trigger("x" * 1025, "db-1"), "payload.summary")
refused(lambda: client.trigger("Disk full", "db-1", severity="bad"), "severity")
refused(lambda: client.trigger("Disk full", "db-1", custom_details={"a": "x" * 600_000}), "413")
refused(lambda: EventsApiV2Client("0" * 32, base_url=URL).resolve("disk"), "Invalid routing key")
