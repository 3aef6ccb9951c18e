"""Drives the test server with Microsoft's own SDK: a login by token, then all that one does with secrets."""

import sys
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.identity import ClientAssertionCredential
from azure.keyvault.secrets import SecretClient

vault_url, authority, ca, tenant, client_id, stranger_id, token, prefix = sys.argv[1:]


def client_for(application, assertion):
    credential = ClientAssertionCredential(
        tenant, application, lambda: assertion, authority=authority, disable_instance_discovery=True, connection_verify=ca
    )
    return SecretClient(vault_url, credential, verify_challenge_resource=False, connection_verify=ca, retry_total=0)


def expect(what, problem, action):
    try:
        action()
    except problem as found:
        assert what in str(found), f"{what} is not in {found}"
        return found
    raise AssertionError(f"{what}: nothing was refused")


client = client_for(client_id, token)
name = f"{prefix}-Warehouse"

first = client.set_secret(name, "one", content_type="text/plain", tags={"team": "etl"})
second = client.set_secret(name, "zwei äöü 😀", tags={"team": "etl", "tier": "gold"})
assert client.get_secret(name).value == "zwei äöü 😀"
assert client.get_secret(name.upper()).properties.version == second.properties.version
assert client.get_secret(name, first.properties.version).value == "one"
versions = {each.version for each in client.list_properties_of_secret_versions(name)}
assert versions == {first.properties.version, second.properties.version}, versions

for number in range(30):
    client.set_secret(f"{prefix}-page-{number}", "")
names = [each.name for each in client.list_properties_of_secrets() if each.name.startswith(prefix)]
assert len(names) == 31 and name in names, names
listed = next(each for each in client.list_properties_of_secrets() if each.name == name)
assert listed.tags == {"team": "etl", "tier": "gold"} and listed.enabled, listed

client.update_secret_properties(name, enabled=False)
disabled = expect("disabled secret", HttpResponseError, lambda: client.get_secret(name))
assert disabled.status_code == 403 and disabled.error.innererror["code"] == "SecretDisabled", disabled.error.innererror
client.update_secret_properties(name, enabled=True, tags={"team": "web"})
assert client.get_secret(name).properties.tags == {"team": "web"}

deleted = client.begin_delete_secret(name).result()
assert deleted.recovery_id.endswith(f"/deletedsecrets/{name}"), deleted.recovery_id
expect("SecretNotFound", ResourceNotFoundError, lambda: client.get_secret(name))
expect("deleted but recoverable", ResourceExistsError, lambda: client.set_secret(name, "again"))
client.begin_recover_deleted_secret(name).wait()
assert client.get_secret(name).value == "zwei äöü 😀"
client.begin_delete_secret(name).wait()
client.purge_deleted_secret(name)
expect("SecretNotFound", ResourceNotFoundError, lambda: client.get_deleted_secret(name))

expect("SecretNotFound", ResourceNotFoundError, lambda: client.get_secret(f"{prefix}-never-was"))
expect("ForbiddenByRbac", HttpResponseError, lambda: client_for(stranger_id, token).get_secret(f"{prefix}-page-1"))
expect("AADSTS700016", ClientAuthenticationError, lambda: client_for("99999999-0000-4000-8000-000000000000", token).get_secret("x"))
expect("AADSTS700027", ClientAuthenticationError, lambda: client_for(client_id, token + "x").get_secret("x"))
print("driven")
