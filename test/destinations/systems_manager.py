import boto3
from botocore.config import Config
from drive import REST, URL, refused

[document] = REST
ssm = boto3.client(
    "ssm", endpoint_url=URL, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="s",
    config=Config(retries={"max_attempts": 0}),
)
TOKEN = "00000000-0000-8000-8000-000000000001"


def start(name=document, token=TOKEN, **parameters):
    return ssm.start_automation_execution(DocumentName=name, ClientToken=token, Parameters=parameters)["AutomationExecutionId"]


def seen(name):
    return ssm.get_automation_execution(AutomationExecutionId=name)["AutomationExecution"]


execution = start(service=["checkout"])
assert start(service=["checkout"]) == execution
first, then = seen(execution), seen(execution)
assert (first["AutomationExecutionStatus"], "ExecutionEndTime" in first) == ("InProgress", False)
assert (then["AutomationExecutionStatus"], then["Parameters"]) == ("Success", {"service": ["checkout"]})
assert then["ExecutionEndTime"] > then["ExecutionStartTime"]
errors = ssm.exceptions
for call, error in [
    (lambda: start(service=["other"]), errors.IdempotentParameterMismatch),
    (lambda: start(name="Gone", token=TOKEN[:-1] + "2", service=["a"]), errors.AutomationDefinitionNotFoundException),
    (lambda: start(token=TOKEN[:-1] + "2", other=["a"]), errors.InvalidAutomationExecutionParametersException),
    (lambda: start(token=TOKEN[:-1] + "2"), errors.InvalidAutomationExecutionParametersException),
    (lambda: seen("0" * 36), errors.AutomationExecutionNotFoundException),
]:
    try:
        call()
    except error:
        continue
    raise AssertionError(f"it was not refused by {error}")
refused(lambda: start(token="z" * 36, service=["a"]), "ValidationException", "clientToken")
