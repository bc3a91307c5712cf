#!/bin/sh
# Unpacks Adminer, phpMyAdmin and the PHP that runs them into a folder, from Debian's packages.
set -eu
rm -rf "$1"
mkdir -p "$1/packages"
cd "$1/packages"
apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces \
  --no-enhances adminer phpmyadmin php-cli php-mysql php-mbstring php-xml \
  | grep -E '^(php|adminer)' | grep -Ev -- '-(cgi|fpm|phpdbg)$' | sort -u \
  | xargs apt-get download -qq
for package in *.deb; do
  dpkg -x "$package" ..
done
cd ..
rm -r packages
# What Debian keeps in /etc and /var lies in a folder of the test's own.
sed -i -e "s#'/var/lib/phpmyadmin/tmp/'#getenv('PMA_TEMP')#" \
  -e "s#'/etc/phpmyadmin/config.inc.php'#getenv('PMA_CONFIG')#" \
  usr/share/phpmyadmin/libraries/vendor_config.php
# Without PHP's libraries it is of no use.
usr/bin/php[0-9]* -n -r 'exit(0);'
