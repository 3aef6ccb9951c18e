"""Speaks to the server with the vendor's own SDK, so that it is not shaped around our client. JSON in, JSON out."""

import json
import sys

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

given = json.load(sys.stdin)


def client(service, **more):
    return boto3.client(
        service, region_name=given["region"], endpoint_url=given["endpoint"], verify=given["ca"], **more
    )


def told(call, *path, **arguments):
    """What a call answers at this path, or the code of its error."""
    try:
        answer = call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    for part in path:
        answer = answer[part]
    return answer


sts = client("sts", config=Config(signature_version=UNSIGNED))


def assume(token, role):
    return sts.assume_role_with_web_identity(RoleArn=role, RoleSessionName="drive", WebIdentityToken=token)


keys = assume(given["token"], given["role"])["Credentials"]
signed = {
    "aws_access_key_id": keys["AccessKeyId"],
    "aws_secret_access_key": keys["SecretAccessKey"],
    "aws_session_token": keys["SessionToken"],
}
secrets, parameters = client("secretsmanager", **signed), client("ssm", **signed)
batch = secrets.batch_get_secret_value(SecretIdList=["shared/a", "hidden/c", "shared/none"])
tagged = [{"Key": "tag:team", "Option": "Equals", "Values": ["etl"]}]

print(json.dumps({
    "forged": told(assume, token=given["forged"], role=given["role"]),
    "wrong audience": told(assume, token=given["for another"], role=given["role"]),
    "foreign role": told(assume, token=given["token"], role=given["foreign role"]),
    "string": told(secrets.get_secret_value, "SecretString", SecretId="shared/a"),
    "binary": told(secrets.get_secret_value, "SecretBinary", SecretId="shared/b").hex(),
    "previous": told(secrets.get_secret_value, "SecretString", SecretId="shared/a", VersionStage="AWSPREVIOUS"),
    "missing": told(secrets.get_secret_value, SecretId="shared/none"),
    "missing stage": told(secrets.get_secret_value, SecretId="shared/a", VersionStage="AWSPENDING"),
    "denied": told(secrets.get_secret_value, SecretId="hidden/c"),
    "batch": [each["Name"] for each in batch["SecretValues"]],
    "batch errors": sorted(each["ErrorCode"] for each in batch["Errors"]),
    "21 secrets": told(secrets.batch_get_secret_value, SecretIdList=[f"shared/{n}" for n in range(21)]),
    "list by tag": [each["Name"] for each in told(
        secrets.list_secrets, "SecretList", Filters=[{"Key": "tag-key", "Values": ["team"]}])],
    "parameter": told(parameters.get_parameter, "Parameter", "Value", Name="/shared/a", WithDecryption=True),
    "version": told(parameters.get_parameter, "Parameter", "Value", Name="/shared/a:1", WithDecryption=True),
    "missing parameter": told(parameters.get_parameter, Name="/shared/none"),
    "missing version": told(parameters.get_parameter, Name="/shared/a:9"),
    "denied parameter": told(parameters.get_parameter, Name="/hidden/c"),
    "parameters": told(
        parameters.get_parameters, "InvalidParameters", Names=["/shared/a", "/shared/none"], WithDecryption=True),
    "denied among parameters": told(parameters.get_parameters, Names=["/shared/a", "/hidden/c"]),
    "11 parameters": told(parameters.get_parameters, Names=[f"/shared/{n}" for n in range(11)]),
    "parameters by tag": [each["Name"] for each in told(
        parameters.describe_parameters, "Parameters", ParameterFilters=tagged)],
    "a page too large": told(parameters.describe_parameters, MaxResults=51),
}))
