import opsgenie_sdk as opsgenie
from drive import REST, URL, refused


def api(key):
    settings = opsgenie.Configuration()
    settings.host, settings.retry_enabled = URL, False
    settings.api_key["Authorization"] = key
    return opsgenie.AlertApi(opsgenie.ApiClient(configuration=settings))


client = api(REST[0])


def create(**fields):
    return client.create_alert(opsgenie.CreateAlertPayload(**fields))


taken = create(
    message="Disk full", alias="disk", description="db-1", priority="P1", tags=["sluice"], details={"free": "1 %"},
    responders=[{"type": "team", "name": "Shop"}], entity="db-1", source="sluice", user="Sluice",
)
assert taken.result == "Request will be processed"
status = client.get_request_status(taken.request_id)
assert status.data.is_success and status.data.alias == "disk"
create(message="Disk full", alias="disk")
[alert] = client.list_alerts().data
assert (alert.count, alert.priority, alert.status) == (2, "P1", "open")
named = {"identifier_type": "alias"}
client.acknowledge_alert("disk", acknowledge_alert_payload=opsgenie.AcknowledgeAlertPayload(user="ann"), **named)
client.add_note("disk", opsgenie.AddNoteToAlertPayload(note="Looking."), **named)
client.update_alert_priority("disk", opsgenie.UpdateAlertPriorityPayload(priority="P2"), **named)
client.update_alert_message("disk", opsgenie.UpdateAlertMessagePayload(message="Disk is full"), **named)
client.update_alert_description("disk", opsgenie.UpdateAlertDescriptionPayload(description="db-2"), **named)
found = client.get_alert("disk", **named).data
assert (found.acknowledged, found.priority, found.message, found.description) == (True, "P2", "Disk is full", "db-2")
client.close_alert("disk", close_alert_payload=opsgenie.CloseAlertPayload(note="Done."), **named)
assert client.get_alert("disk", **named).data.status == "closed"
gone = client.close_alert("nothing", **named)
assert not client.get_request_status(gone.request_id).data.is_success
refused(lambda: client.get_alert("nothing", **named), "not found")
refused(lambda: client.update_alert_message("disk", opsgenie.UpdateAlertMessagePayload(message="x" * 131), **named), "not processable")
refused(lambda: api("wrong").list_alerts(), "not authorized")
