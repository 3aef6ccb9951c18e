"""Drives the test server with Databricks' own SDK, so that the server is not shaped around our client.

Usage: drive.py HOST, with CLIENT_ID, CLIENT_SECRET, TOKEN_FILE and PAT in the environment. Prints what it saw as JSON.
"""

import base64
import json
import os
import sys

from databricks.sdk import WorkspaceClient
from databricks.sdk.core import Config
from databricks.sdk.service.workspace import AclPermission

host = sys.argv[1]
client_id = os.environ["CLIENT_ID"]
seen = {}


def told(call):
    """The class of the SDK's error, which it chooses by the code of the answer."""
    try:
        call()
        return "ok"
    except Exception as problem:
        return type(problem).__name__


admin = WorkspaceClient(host=host, auth_type="pat", token=os.environ["PAT"])
admin.secrets.create_scope("Drive")
admin.secrets.put_secret("Drive", "Text", string_value="grüße")
admin.secrets.put_secret("Drive", "bytes", bytes_value=base64.b64encode(bytes([0, 255, 1])).decode())
admin.secrets.put_acl("Drive", client_id, AclPermission.READ)

seen["scopes"] = sorted(scope.name for scope in admin.secrets.list_scopes())
seen["missing"] = told(lambda: admin.secrets.get_secret("Drive", "nobody"))
seen["no scope"] = told(lambda: admin.secrets.get_secret("nowhere", "nobody"))

token_file = os.environ["TOKEN_FILE"]
federated = WorkspaceClient(
    config=Config(host=host, auth_type="file-oidc", client_id=client_id, oidc_token_filepath=token_file)
)
secret = WorkspaceClient(
    host=host, auth_type="oauth-m2m", client_id=client_id, client_secret=os.environ["CLIENT_SECRET"]
)
for name, client in {"federated": federated, "secret": secret}.items():
    seen[name] = {
        "text": base64.b64decode(client.secrets.get_secret("drive", "TEXT").value).decode(),
        "bytes": client.secrets.get_secret("Drive", "bytes").value,
        "keys": sorted(each.key for each in client.secrets.list_secrets("Drive")),
        "write": told(lambda: client.secrets.put_secret("Drive", "other", string_value="x")),
    }

seen["dead token"] = told(lambda: list(WorkspaceClient(host=host, auth_type="pat", token="dapi-x").secrets.list_scopes()))
admin.secrets.delete_secret("Drive", "bytes")
seen["deleted"] = told(lambda: federated.secrets.get_secret("Drive", "bytes"))
admin.secrets.delete_scope("Drive")
print(json.dumps(seen))
