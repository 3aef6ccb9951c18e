"""Drives the test server with Google's own SDK over REST: logins by token, by key and by metadata, then all that one does with secrets."""

import json
import os

config = json.loads(os.environ["CONFIG"])
os.environ["REQUESTS_CA_BUNDLE"] = config["ca"]
os.environ["GCE_METADATA_HOST"] = config["metadata"]

import google.auth.compute_engine
import google_crc32c
from google.api_core import exceptions
from google.auth import identity_pool
from google.auth.exceptions import OAuthError, RefreshError
from google.auth.transport.requests import Request
from google.cloud.secretmanager import SecretManagerServiceClient
from google.oauth2 import credentials as oauth2, service_account
from google.protobuf import field_mask_pb2

address, project = config["address"], config["project"]
scopes = ["https://www.googleapis.com/auth/cloud-platform"]


class Token(identity_pool.SubjectTokenSupplier):
    def __init__(self, token):
        self.token = token

    def get_subject_token(self, context, request):
        return self.token


def federated(audience, token, **more):
    return identity_pool.Credentials(
        audience=audience,
        subject_token_type="urn:ietf:params:oauth:token-type:jwt",
        token_url=f"{address}/v1/token",
        subject_token_supplier=Token(token),
        scopes=scopes,
        **more,
    )


def client_of(credentials):
    options = {"api_endpoint": address.removeprefix("https://")}
    return SecretManagerServiceClient(credentials=credentials, transport="rest", client_options=options)


def expect(problem, what, action):
    try:
        action()
    except problem as found:
        assert what in str(found), f"{what} is not in {found}"
        return
    raise AssertionError(f"{what}: nothing was refused")


client = client_of(federated(config["provider"], config["token"]))
parent = f"projects/{project}"
name = f"{parent}/secrets/driven"


def read(version="latest", by=client, secret=name):
    return by.access_secret_version(name=f"{secret}/versions/{version}", retry=None)


def add(value, secret=name):
    payload = {"data": value, "data_crc32c": google_crc32c.value(value)}
    return client.add_secret_version(parent=secret, payload=payload).name.rsplit("/", 1)[1]


automatic = {"replication": {"automatic": {}}}
client.create_secret(parent=parent, secret_id="driven", secret={**automatic, "labels": {"team": "etl"}})
expect(exceptions.Conflict, "already exists", lambda: client.create_secret(parent=parent, secret_id="driven", secret=automatic))
expect(exceptions.NotFound, "not found or has no versions", read)
assert [add(b"one"), add("zwei äöü 😀".encode()), add(bytes(range(256)))] == ["1", "2", "3"]
answer = read()
assert answer.payload.data == bytes(range(256)) and answer.name.endswith("/secrets/driven/versions/3"), answer.name
assert answer.payload.data_crc32c == google_crc32c.value(answer.payload.data)
assert read("2").payload.data.decode() == "zwei äöü 😀"
expect(exceptions.NotFound, "Secret Version", lambda: read("9"))
expect(exceptions.BadRequest, "cannot be empty", lambda: add(b""))
expect(exceptions.BadRequest, "must not exceed", lambda: add(b"x" * 65537))
wrong = {"data": b"x", "data_crc32c": 1}
expect(exceptions.BadRequest, "checksum", lambda: client.add_secret_version(parent=name, payload=wrong))

client.disable_secret_version(name=f"{name}/versions/3")
expect(exceptions.BadRequest, "is in DISABLED state", read)
enabled = client.list_secret_versions(request={"parent": name, "filter": "state:ENABLED"})
assert [each.name.rsplit("/", 1)[1] for each in enabled] == ["2", "1"]
client.enable_secret_version(name=f"{name}/versions/3")
assert client.get_secret_version(name=f"{name}/versions/latest").state.name == "ENABLED"
client.destroy_secret_version(name=f"{name}/versions/3")
expect(exceptions.BadRequest, "is in DESTROYED state", read)
expect(exceptions.BadRequest, "DESTROYED", lambda: client.enable_secret_version(name=f"{name}/versions/3"))

aliased = {"name": name, "version_aliases": {"live": 2}}
client.update_secret(secret=aliased, update_mask=field_mask_pb2.FieldMask(paths=["version_aliases"]))
assert read("live").name.endswith("/versions/2")
assert dict(client.get_secret(name=name).version_aliases) == {"live": 2}

for number in range(30):
    labels = {"team": "web", "tier": "gold" if number % 2 else "silver"}
    client.create_secret(parent=parent, secret_id=f"page-{number}", secret={**automatic, "labels": labels})
listed = lambda filter: [each.name for each in client.list_secrets(request={"parent": parent, "page_size": 7, "filter": filter})]
assert len(listed("name:page-")) == 30 and len(set(listed("name:page-"))) == 30
assert len(listed("name:page- AND labels.tier=gold")) == 15
assert [each.rsplit("/", 1)[1] for each in listed("labels.team=etl")] == ["driven"]
expect(exceptions.BadRequest, "filter", lambda: listed("name:page- OR"))

regional = f"{parent}/locations/europe-west3"
client.create_secret(parent=regional, secret_id="driven", secret={})
add(b"here", f"{regional}/secrets/driven")
assert read(secret=f"{regional}/secrets/driven").payload.data == b"here"

stranger = client_of(federated(config["provider"], config["strangersToken"]))
for secret in ("driven", "never-was"):
    expect(exceptions.Forbidden, "(or it may not exist)", lambda: read(by=stranger, secret=f"{parent}/secrets/{secret}"))
expect(exceptions.Forbidden, "project other", lambda: read(secret="projects/other/secrets/driven"))
expect(OAuthError, "invalid_target", lambda: read(by=client_of(federated(config["provider"] + "x", config["token"]))))
expect(OAuthError, "invalid_grant", lambda: read(by=client_of(federated(config["provider"], config["token"][:-9]))))

on_gke = client_of(federated(config["gkePool"], config["gkeToken"]))
assert read("1", by=on_gke).payload.data == b"one"
url = f"{address}/v1/projects/-/serviceAccounts/{config['email']}:generateAccessToken"
acting = client_of(federated(config["provider"], config["strangersToken"], service_account_impersonation_url=url))
assert read("1", by=acting).payload.data == b"one"

key = service_account.Credentials.from_service_account_info({**config["key"], "token_uri": f"{address}/token"}, scopes=scopes)
key.refresh(Request())
assert read("1", by=client_of(oauth2.Credentials(token=key.token))).payload.data == b"one"
attached = google.auth.compute_engine.Credentials()
attached.refresh(Request())
assert read("1", by=client_of(oauth2.Credentials(token=attached.token))).payload.data == b"one"
expect(RefreshError, "refresh the access token", lambda: read(by=client_of(oauth2.Credentials(token="ya29.of-nobody"))))

client.delete_secret(name=name)
expect(exceptions.NotFound, "Secret [", read)
print("driven")
