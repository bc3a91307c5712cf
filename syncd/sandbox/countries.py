"""Some countries: ISO 3166 codes with names in English and the calling codes of E.164.

Any other country is shown by its code, and its telephone numbers as they are.
"""

_TABLE = """
AR 54 Argentina
AT 43 Austria
AU 61 Australia
BE 32 Belgium
BG 359 Bulgaria
BR 55 Brazil
CA 1 Canada
CH 41 Switzerland
CL 56 Chile
CN 86 China
CY 357 Cyprus
CZ 420 Czechia
DE 49 Germany
DK 45 Denmark
EE 372 Estonia
ES 34 Spain
FI 358 Finland
FR 33 France
GB 44 United Kingdom
GR 30 Greece
HR 385 Croatia
HU 36 Hungary
IE 353 Ireland
IL 972 Israel
IN 91 India
IS 354 Iceland
IT 39 Italy
JP 81 Japan
KE 254 Kenya
KR 82 South Korea
LT 370 Lithuania
LU 352 Luxembourg
LV 371 Latvia
MT 356 Malta
MX 52 Mexico
NG 234 Nigeria
NL 31 Netherlands
NO 47 Norway
NZ 64 New Zealand
PL 48 Poland
PT 351 Portugal
RO 40 Romania
RS 381 Serbia
SE 46 Sweden
SG 65 Singapore
SI 386 Slovenia
SK 421 Slovakia
TR 90 Turkey
UA 380 Ukraine
US 1 United States
ZA 27 South Africa
"""
_ROWS = [line.split(" ", 2) for line in _TABLE.strip().splitlines()]
_NAMES = {code: name for code, _, name in _ROWS}
_CALLING = {code: calling for code, calling, _ in _ROWS}


def name_of(code: str) -> str:
    """Return a country's name; the code itself where there is no such country."""
    return _NAMES.get(code.upper(), code)


def calling_code(code: str) -> str:
    """Return a country's calling code, blank where there is no such country."""
    return _CALLING.get(code.upper(), "")


def international(number: str, country: str) -> str:
    """Return a telephone number as `+44.1134960000`; as it is without a digit or a country."""
    digits = "".join(sign for sign in number if sign.isascii() and sign.isdigit())
    calling = calling_code(country)
    if not digits or not calling:
        return number
    if number.strip().startswith("+"):
        national = digits.removeprefix(calling)
        # A number of another country keeps its own code, which nothing here can tell apart.
        return f"+{calling}.{national}" if national != digits else f"+{digits}"
    return f"+{calling}.{digits.lstrip('0')}"


def shown(number: str, country: str) -> dict[str, str]:
    """Return what GetClientsDetails makes of a client's country and telephone number."""
    return {
        "countryname": name_of(country),
        "phonecc": calling_code(country),
        "phonenumberformatted": international(number, country),
    }
