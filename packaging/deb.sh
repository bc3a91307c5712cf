#!/bin/sh
# Builds dist/syncd_VERSION_ARCH.deb from this tree: packaging/deb.sh [PYTHON]
#
# PYTHON is that of a virtual environment with pip and the build's setuptools (make deb: .venv); the
# package runs with Debian's own of the same version. All libraries go to /usr/lib/syncd, of the
# versions in constraints.txt, so that neither the system's nor anybody's pip changes what a run
# does. Needs dpkg-deb and gzip.
set -eu
umask 022

tree=$(cd "$(dirname "$0")/.." && pwd)
python=${1:-$tree/.venv/bin/python}
root=$tree/build/deb
export SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-$(git -C "$tree" log -1 --format=%ct 2>/dev/null || date +%s)}"

ask() { "$python" -c "import sys, tomllib; project = tomllib.load(open('$tree/pyproject.toml', 'rb'))['project']; print($1)"; }
version=${DEB_VERSION:-$(ask "project['version']")}
extras=$(ask "','.join(sorted(set(project['optional-dependencies']) - {'test'}))")
python_version=$(ask "'%d.%d' % sys.version_info[:2]")
python_next=$(ask "'%d.%d' % (sys.version_info[0], sys.version_info[1] + 1)")
architecture=$(dpkg --print-architecture)

rm -rf "$root" "$tree"/build/lib "$tree"/build/bdist.*
put() { # MODE SOURCE TARGET
  install -D -m "$1" "$2" "$root/$3"
}

# --- the program ---
"$python" -m pip install --quiet --no-compile --no-build-isolation --root-user-action ignore \
  --constraint "$tree/constraints.txt" --target "$root/usr/lib/syncd" "$tree[$extras]"
rm -rf "$root/usr/lib/syncd/bin" "$root/usr/lib/syncd/share"
rm -f "$root"/usr/lib/syncd/asyncmy/*.c "$root"/usr/lib/syncd/asyncmy/*.py[xi] # its sources, 14 MB that nothing reads
find "$root/usr/lib/syncd" -name direct_url.json -delete # names the folder of this build
# Compiled here: only root may write there later, and nothing is left behind when it goes.
"$python" -m compileall -q -j 0 --invalidation-mode unchecked-hash -s "$root" "$root/usr/lib/syncd"
put 755 "$tree/packaging/debian/syncd" usr/bin/syncd
put 755 "$tree/packaging/debian/syncd-as-service" usr/sbin/syncd-as-service

# --- what belongs to the system ---
for unit in "$tree"/systemd/*.service "$tree"/systemd/*.timer; do
  ! test -e "$unit" || put 644 "$unit" "usr/lib/systemd/system/$(basename "$unit")"
done
put 644 "$tree/systemd/syncd.sysusers.conf" usr/lib/sysusers.d/syncd.conf
install -d -m 755 "$root/etc/syncd"
install -d -m 700 "$root/etc/syncd/credentials"
put 644 "$tree/packaging/completion/syncd" usr/share/bash-completion/completions/syncd
put 644 "$tree/packaging/completion/_syncd" usr/share/zsh/vendor-completions/_syncd
put 644 "$tree/packaging/completion/syncd.fish" usr/share/fish/vendor_completions.d/syncd.fish

# --- what there is to read ---
PYTHONPATH=$root/usr/lib/syncd "$python" "$tree/packaging/manual.py" "$root/usr/share/man/man1"
gzip -9n "$root"/usr/share/man/man1/*.1
documents=usr/share/doc/syncd
put 644 "$tree/LICENSE" $documents/copyright
put 644 "$tree/config.example.yaml" $documents/config.example.yaml
put 644 "$tree/README.md" $documents/README.md
for page in "$tree"/docs/*.md "$tree"/docs/prometheus/* "$tree"/systemd/README.md; do
  put 644 "$page" "$documents/${page#"$tree/"}"
done
put 644 "$tree/CHANGELOG.md" $documents/changelog
gzip -9n "$root/$documents/changelog"

# --- the package ---
install -d -m 755 "$root/DEBIAN"
for script in postinst prerm postrm; do
  install -m 755 "$tree/packaging/debian/$script" "$root/DEBIAN/$script"
done
sed -e "s/@VERSION@/$version/; s/@ARCHITECTURE@/$architecture/" \
  -e "s/@PYTHON@/$python_version/; s/@PYTHON_NEXT@/$python_next/" \
  -e "s/@SIZE@/$(du -sk --exclude DEBIAN "$root" | cut -f1)/" \
  "$tree/packaging/debian/control" >"$root/DEBIAN/control"
(cd "$root" && find usr etc -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
mkdir -p "$tree/dist"
package=$tree/dist/syncd_${version}_$architecture.deb
dpkg-deb --root-owner-group -Z"${DEB_COMPRESSION:-gzip}" --build "$root" "$package"
rm -rf "$root"
