#!/bin/sh
# Makes the certificates, lists and keys of this folder anew, with OpenSSL 3. Nothing else trusts them.
set -eu
out=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
cd "$work"
cat >openssl.cnf <<'END'
[req]
distinguished_name = dn
prompt = no
utf8 = yes
string_mask = utf8only
[dn]
CN = unused
[ca]
default_ca = authority
[authority]
database = index
new_certs_dir = .
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
crlnumber = crlnumber
crl_extensions = list
[any]
[list]
authorityKeyIdentifier = keyid
[authority_certificate]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
[client]
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
certificatePolicies = 2.16.578.1.26.1.3.2
subjectAltName = @names
[names]
DNS.1 = client.example
DNS.2 = Second.Example
URI.1 = https://client.example/Id
IP.1 = 192.0.2.1
IP.2 = 2001:db8::1
email.1 = Client@client.example
[signature_only]
keyUsage = critical, digitalSignature
[seal]
keyUsage = critical, nonRepudiation
extendedKeyUsage = emailProtection
[wildcard]
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
subjectAltName = DNS:*.example
[smart_card]
keyUsage = critical, digitalSignature
extendedKeyUsage = 1.3.6.1.4.1.311.20.2.2
END
: >index
echo 01 >crlnumber

# request NAME SUBJECT
request() {
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key.pem"
  openssl req -new -config openssl.cnf -utf8 -key "$1.key.pem" -subj "$2" -out "$1.req.pem"
}
# sign NAME ISSUER EXTENSIONS [START END]; ISSUER may be NAME
sign() {
  if [ "$1" = "$2" ]; then by="-selfsign"; else by="-cert $2.pem"; fi
  # shellcheck disable=SC2086
  openssl ca -batch -notext -preserveDN -config openssl.cnf $by -keyfile "$2.key.pem" -extensions "$3" -in "$1.req.pem" \
    -startdate "${4:-20200101000000Z}" -enddate "${5:-21000101000000Z}" -out "$1.pem" 2>/dev/null
  openssl x509 -in "$1.pem" -outform DER -out "$out/$1.der"
}
# list ISSUER END NAME [START]; of what is in the index
list() {
  openssl ca -config openssl.cnf -gencrl -cert "$1.pem" -keyfile "$1.key.pem" \
    -crl_lastupdate "${4:-20200101000000Z}" -crl_nextupdate "$2" -out list.pem 2>/dev/null
  openssl crl -in list.pem -outform DER -out "$out/$3.crl"
}

client=/C=NO/O=Symbolon\ Tests/organizationIdentifier=NTRNO-123456789/CN=Client
request root "/C=NO/O=Symbolon Tests/CN=Root"
sign root root authority_certificate
request intermediate "/C=NO/O=Symbolon Tests/CN=Intermediate"
sign intermediate root authority_certificate
for name in business expired not_yet_valid revoked; do request "$name" "$client"; done
sign business intermediate client
sign expired intermediate client 20200101000000Z 20210101000000Z
sign not_yet_valid intermediate client 20900101000000Z
sign revoked intermediate client
request older_business "/C=NO/O=Symbolon Tests/serialNumber=123456789/CN=Client"
sign older_business intermediate signature_only
request both_numbers "/C=NO/organizationIdentifier=NTRNO-123456789/serialNumber=123456789/CN=Client"
sign both_numbers intermediate signature_only
request two_numbers "/C=NO/organizationIdentifier=NTRNO-123456789/serialNumber=987654321/CN=Client"
sign two_numbers intermediate signature_only
request two_identifiers "/C=NO/organizationIdentifier=NTRNO-123456789/organizationIdentifier=NTRNO-123456789/CN=Client"
sign two_identifiers intermediate signature_only
request foreign "/C=SE/organizationIdentifier=NTRSE-5560000000/serialNumber=123456789/CN=Client"
sign foreign intermediate signature_only
request seal "$client"
sign seal intermediate seal
request smart_card "$client"
sign smart_card intermediate smart_card
request wildcard "/CN=client.example"
sign wildcard intermediate wildcard
request several_in_one_set "/C=NO/O=Symbolon Tests/OU=Blåbær+CN=Client"
sign several_in_one_set intermediate signature_only
request other_root "/C=NO/O=Symbolon Tests/CN=Root"
sign other_root other_root authority_certificate
request other_business "$client"
sign other_business other_root client
request self_signed "$client"
sign self_signed self_signed client
request self_signed_other_key "$client"
sign self_signed_other_key self_signed_other_key client

# Lists of an empty index, then one in which a certificate is revoked.
mv index issued
: >index
list root 21000101000000Z root
list intermediate 20210101000000Z intermediate_outdated
list other_root 21000101000000Z other_root
mv issued index
openssl ca -config openssl.cnf -cert intermediate.pem -keyfile intermediate.key.pem -revoke revoked.pem 2>/dev/null
sed -i 's/^\(R\t[^\t]*\)\t[^\t]*/\1\t200601000000Z/' index
list intermediate 21000101000000Z intermediate 20200602000000Z
cp business.key.pem other_business.key.pem "$out"
