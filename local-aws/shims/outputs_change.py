"""A change of outputs alone makes a change set that can be executed.

ministack fails it with "didn't contain changes". On AWS it has no resource changes and can be executed
(aws/aws-cdk#2029).
"""

from ministack.services import cloudformation

from .patch import parameter, wrap_action


def apply():
    def make(original):
        def create_change_set(params):
            response = original(params)
            if response[0] == 200:
                allow_outputs_change(params)
            return response

        return create_change_set

    wrap_action("CreateChangeSet", make)


def allow_outputs_change(params):
    name = parameter(params, "ChangeSetName")
    change_set = next((c for c in reversed(list(cloudformation._change_sets.values())) if c["ChangeSetName"] == name), None)
    if not change_set or change_set["ChangeSetType"] != "UPDATE" or change_set["Status"] != "FAILED":
        return
    if change_set["Changes"] or "didn't contain changes" not in change_set["StatusReason"]:
        return
    stack = cloudformation._stacks.get(change_set["StackName"]) or {}
    before = (stack.get("_template") or {}).get("Outputs") or {}
    if (change_set["_template"].get("Outputs") or {}) != before:
        change_set.update(Status="CREATE_COMPLETE", ExecutionStatus="AVAILABLE", StatusReason="")
