from drive import REST, URL, refused
from github import Auth, Github

token, read_token, repository = REST


def workflow_of(secret, file="restart.yml"):
    return Github(base_url=URL, auth=Auth.Token(secret), retry=None).get_repo(repository).get_workflow(file)


workflow = workflow_of(token)
assert (workflow.id, workflow.state) == (7, "active")
assert workflow.create_dispatch("main", {"service": "checkout"}, throw=True) is True
run = workflow.create_dispatch("v1", {"service": "checkout"}, throw=True, return_run_details=True)
assert run.id == 1001 and run.html_url.endswith("/actions/runs/1001")
refused(lambda: workflow.create_dispatch("gone", {"service": "a"}, throw=True), "No ref found for: gone")
refused(lambda: workflow.create_dispatch("main", {"service": "a", "x": "y"}, throw=True), "Unexpected inputs provided")
refused(lambda: workflow.create_dispatch("main", {}, throw=True), "Required input 'service' not provided")
refused(lambda: workflow_of(token, "build.yml").create_dispatch("main", {}, throw=True), "workflow_dispatch")
refused(lambda: workflow_of(token, "gone.yml"), "Not Found")
refused(lambda: workflow_of(read_token).create_dispatch("main", {"service": "a"}, throw=True), "Resource not accessible")
refused(lambda: workflow_of("wrong"), "Bad credentials")
of = Github(base_url=URL, auth=Auth.Token(read_token), retry=None).get_repo(repository)
queued = of.get_workflow_run(run.id)
assert (queued.status, queued.conclusion) == ("queued", None)
ended = of.get_workflow_run(run.id)
assert (ended.status, ended.conclusion, ended.event, ended.head_branch) == ("completed", "failure", "workflow_dispatch", "v1")
[job] = ended.jobs()
assert (job.name, job.conclusion, [step.conclusion for step in job.steps]) == ("restart", "failure", ["success", "failure"])
refused(lambda: of.get_workflow_run(77), "Not Found")
