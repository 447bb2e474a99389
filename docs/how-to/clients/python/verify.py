# python verify.py AUDIENCE [CERTIFICATES_URL] < token
import sys

from google.auth.transport.requests import Request
from google.oauth2.id_token import verify_token

audience, *certificates = sys.argv[1:]
options = {"certs_url": certificates[0]} if certificates else {}
claims = verify_token(sys.stdin.read(), Request(), audience=audience, **options)
if claims["iss"] not in ("https://accounts.google.com", "accounts.google.com"):
    sys.exit("not Google's token")  # verify_token leaves the issuer to its caller
print(claims["email"])
