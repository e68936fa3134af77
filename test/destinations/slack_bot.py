from drive import REST, URL, refused
from slack_sdk import WebClient
from slack_sdk.models.blocks import (
    ActionsBlock, ButtonElement, HeaderBlock, RichTextBlock, RichTextElementParts, RichTextSectionElement, SectionBlock,
)
from slack_sdk.models.metadata import Metadata
from slack_sdk.signature import SignatureVerifier

token, channel, other = REST
client = WebClient(token=token, base_url=f"{URL}/api/")
answer = client.auth_test()
assert "chat:write" in answer.headers["x-oauth-scopes"]
text = RichTextElementParts.Text(text="<!here> *bold*")
blocks = [
    HeaderBlock(text="Disk full"),
    RichTextBlock(elements=[RichTextSectionElement(elements=[text])]),
    ActionsBlock(elements=[ButtonElement(text="Acknowledge", action_id="a", value="1")]),
]
posted = client.chat_postMessage(
    channel=channel, text="Disk full", blocks=blocks, metadata=Metadata(event_type="disk", event_payload={"id": "1"}),
)
ts = posted["ts"]
client.chat_postMessage(channel=channel, text="Looking.", thread_ts=ts)
client.chat_update(channel=channel, ts=ts, text="Disk is full", blocks=[SectionBlock(text="Disk is full")])
[message] = client.conversations_history(channel=channel, include_all_metadata=True)["messages"]
assert message["metadata"]["event_payload"] == {"id": "1"}
assert "metadata" not in client.conversations_history(channel=channel)["messages"][0]
assert len(client.conversations_replies(channel=channel, ts=ts)["messages"]) == 2
assert client.chat_getPermalink(channel=channel, message_ts=ts)["permalink"].endswith(ts.replace(".", ""))
plain = {"type": "section", "text": {"type": "plain_text", "text": "x" * 3001}}
refused(lambda: client.chat_postMessage(channel=channel, text="x", blocks=[plain]), "invalid_blocks")
refused(lambda: client.chat_postMessage(channel=channel, text="x", blocks=[{"type": "divider"}] * 51), "invalid_blocks")
refused(lambda: client.chat_postMessage(channel=channel, text="x", blocks=[{"type": "divider", "colour": "red"}]), "invalid_blocks")
refused(lambda: client.chat_postMessage(channel=channel, text="x", metadata={"event_type": "a"}), "invalid_metadata_format")
refused(lambda: client.chat_postMessage(channel=channel, text="x" * 40_001), "msg_too_long")
refused(lambda: client.chat_postMessage(channel=other, text="x"), "not_in_channel")
refused(lambda: client.chat_update(channel=channel, ts="1.1", text="x"), "message_not_found")
refused(lambda: WebClient(token="xoxb-wrong", base_url=f"{URL}/api/").auth_test(), "invalid_auth")
body = "payload=%7B%22type%22%3A%22block_actions%22%7D"
print(SignatureVerifier("slack-signing-secret").generate_signature(timestamp="1796032800", body=body))
