$ORIGIN example.com.
$TTL 86400
$ORIGIN example.com.
@ IN SOA ns1.example.com. hostmaster.example.com. 2024060401 7200 3600 1209600 3600
  IN NS ns1.example.com.
  IN NS ns2.example.com.
  IN MX 10 mail.example.com.
  IN A 192.0.2.1
ns1 IN A 192.0.2.2
ns2 IN A 192.0.2.3
mail IN A 192.0.2.4
www IN A 192.0.2.1
;!TRACKREV
host IN A 192.0.2.5
