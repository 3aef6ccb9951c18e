# sh build.sh INTO, in this folder: INTO/layer.tar.gz, the files of an image with Spark, PostgreSQL and its JDBC driver, and
# INTO/diff-id, their digest before compression. As root: mmdebstrap makes Debian's part.
set -eu
into=$1
root=$into/root

# Spark: the archive at PyPI has the whole of it.
python3 -m pip download --quiet --no-deps --no-binary :all: --dest "$into" --requirement requirements.txt
tar --extract --gzip --file "$into"/pyspark-*.tar.gz --directory "$into"

# Debian: the release of this machine, its sources and its way to them. PostgreSQL shall make no cluster.
apt-config dump | grep -E '^Acquire::https?::' >"$into/apt.conf" || true
sources=/etc/apt/sources.list.d/debian.sources
[ -e "$sources" ] || sources=/etc/apt/sources.list
. /etc/os-release
prepare='cd "$1" && mkdir -p usr/share/man/man1 usr/share/man/man7 etc/postgresql-common &&
  echo "create_main_cluster = false" >etc/postgresql-common/createcluster.conf'
mmdebstrap --quiet --mode=root --variant=minbase --aptopt="$into/apt.conf" --essential-hook="$prepare" \
  --include=default-jre-headless,python3,postgresql,libpostgresql-jdbc-java "$VERSION_CODENAME" "$root" "$sources"

# Where Spark's own images have it. What is not needed to run goes: package sources too, and PostgreSQL's compiler.
spark=$root/opt/spark
mkdir -p "$spark/python/lib"
mv "$into"/pyspark-*/deps/bin "$into"/pyspark-*/deps/jars "$spark"
mv "$into"/pyspark-*/lib/*.zip "$spark/python/lib"
cp "$root/usr/share/java/postgresql.jar" "$spark/jars"
cd "$root"
rm -rf dev proc sys run etc/apt var/cache var/lib/apt var/log usr/share/doc usr/share/man usr/share/locale usr/share/i18n
rm -f usr/lib/*/libLLVM*
mkdir -p dev proc sys run/lock
echo 'spark:x:185:185::/opt/spark:/bin/bash' >>etc/passwd
echo 'spark:x:185:' >>etc/group

tar --create --format=ustar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --file="$into/layer.tar" .
echo "sha256:$(sha256sum "$into/layer.tar" | cut -d ' ' -f 1)" >"$into/diff-id"
gzip -1 "$into/layer.tar"
cd /
rm -rf "$root" "$into"/pyspark-* "$into/apt.conf"
