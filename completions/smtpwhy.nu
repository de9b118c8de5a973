module completions {

  def "nu-complete smtpwhy format" [] {
    [ "text" "json" "ndjson" "sarif" ]
  }

  def "nu-complete smtpwhy color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete smtpwhy role" [] {
    [ "sender" "receiver" ]
  }

  def "nu-complete smtpwhy resolver" [] {
    [ "1.1.1.1" "8.8.8.8" "9.9.9.10" "94.140.14.140" "76.76.2.11" "185.222.222.222" "74.82.42.42" "64.6.64.6" "193.17.47.1" "77.88.8.8" "223.5.5.5" "119.29.29.29" "9.9.9.9" "208.67.222.222" "86.54.11.100" "130.59.31.248" "149.112.121.10" "185.228.168.9" "194.0.5.3" ]
  }

  def "nu-complete smtpwhy vantage" [] {
    [ "cloudflare=1.1.1.1" "google=8.8.8.8" "quad9=9.9.9.10" "adguard=94.140.14.140" "controld=76.76.2.11" "dns-sb=185.222.222.222" "hurricane=74.82.42.42" "vercara=64.6.64.6" "cznic=193.17.47.1" "yandex=77.88.8.8" "alidns=223.5.5.5" "dnspod=119.29.29.29" "quad9-secure=9.9.9.9" "opendns=208.67.222.222" "dns4eu=86.54.11.100" "switch=130.59.31.248" "cira=149.112.121.10" "cleanbrowsing=185.228.168.9" "dns4all=194.0.5.3" ]
  }

  # Paste an SMTP error: get the cause, the proof and the fix
  export extern smtpwhy [
    --draft-mail              # Draft the mail to the receiving side's postmaster
    --format: string@"nu-complete smtpwhy format" # How to print; sarif: check and spf
    --json                    # The same as --format json
    --color: string@"nu-complete smtpwhy color" # When to colour
    --offline                 # No DNS at all
    --domain: string          # The sending domain to probe, where the text does not say
    --ip: string              # The address the receiver saw the mail come from
    --sender: string          # The envelope sender the receiver saw
    --helo: string            # The HELO or EHLO name the receiver saw
    --selector: string        # A DKIM selector to check
    --timeout: string         # For one DNS query, such as 2s or 500ms
    --max-queries: string     # The most DNS queries for one domain
    --role: string@"nu-complete smtpwhy role" # Whose advice comes first
    --quiet(-q)               # One line a diagnosis
    --verbose(-v)             # Everything that is known
    --ascii                   # No characters beyond ASCII in text output, but those of the input
    --show-config             # Print the settings that apply, and where each comes from
    --resolver: string@"nu-complete smtpwhy resolver" # Recursive resolver to ask in place of the system's
    --vantage: string@"nu-complete smtpwhy vantage" # Ask this one in place of the built-in public resolvers; repeatable
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
    ...input: path            # A reply, log lines, a bounce, a queue listing, a library's error, a file of these, `-`, or a domain
  ]

  def "nu-complete smtpwhy check format" [] {
    [ "text" "json" "ndjson" "sarif" ]
  }

  def "nu-complete smtpwhy check color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete smtpwhy check role" [] {
    [ "sender" "receiver" ]
  }

  def "nu-complete smtpwhy check resolver" [] {
    [ "1.1.1.1" "8.8.8.8" "9.9.9.10" "94.140.14.140" "76.76.2.11" "185.222.222.222" "74.82.42.42" "64.6.64.6" "193.17.47.1" "77.88.8.8" "223.5.5.5" "119.29.29.29" "9.9.9.9" "208.67.222.222" "86.54.11.100" "130.59.31.248" "149.112.121.10" "185.228.168.9" "194.0.5.3" ]
  }

  def "nu-complete smtpwhy check vantage" [] {
    [ "cloudflare=1.1.1.1" "google=8.8.8.8" "quad9=9.9.9.10" "adguard=94.140.14.140" "controld=76.76.2.11" "dns-sb=185.222.222.222" "hurricane=74.82.42.42" "vercara=64.6.64.6" "cznic=193.17.47.1" "yandex=77.88.8.8" "alidns=223.5.5.5" "dnspod=119.29.29.29" "quad9-secure=9.9.9.9" "opendns=208.67.222.222" "dns4eu=86.54.11.100" "switch=130.59.31.248" "cira=149.112.121.10" "cleanbrowsing=185.228.168.9" "dns4all=194.0.5.3" ]
  }

  # Every DNS check of a sending domain
  export extern "smtpwhy check" [
    --format: string@"nu-complete smtpwhy check format" # How to print; sarif: check and spf
    --json                    # The same as --format json
    --color: string@"nu-complete smtpwhy check color" # When to colour
    --offline                 # No DNS at all
    --domain: string          # The sending domain to probe, where the text does not say
    --ip: string              # The address the receiver saw the mail come from
    --sender: string          # The envelope sender the receiver saw
    --helo: string            # The HELO or EHLO name the receiver saw
    --selector: string        # A DKIM selector to check
    --timeout: string         # For one DNS query, such as 2s or 500ms
    --max-queries: string     # The most DNS queries for one domain
    --role: string@"nu-complete smtpwhy check role" # Whose advice comes first
    --quiet(-q)               # One line a diagnosis
    --verbose(-v)             # Everything that is known
    --ascii                   # No characters beyond ASCII in text output, but those of the input
    --show-config             # Print the settings that apply, and where each comes from
    --resolver: string@"nu-complete smtpwhy check resolver" # Recursive resolver to ask in place of the system's
    --vantage: string@"nu-complete smtpwhy check vantage" # Ask this one in place of the built-in public resolvers; repeatable
    --help(-h)                # Print help (see more with '--help')
    ...checked: string
  ]

  def "nu-complete smtpwhy spf format" [] {
    [ "text" "json" "ndjson" "sarif" ]
  }

  def "nu-complete smtpwhy spf color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete smtpwhy spf role" [] {
    [ "sender" "receiver" ]
  }

  def "nu-complete smtpwhy spf resolver" [] {
    [ "1.1.1.1" "8.8.8.8" "9.9.9.10" "94.140.14.140" "76.76.2.11" "185.222.222.222" "74.82.42.42" "64.6.64.6" "193.17.47.1" "77.88.8.8" "223.5.5.5" "119.29.29.29" "9.9.9.9" "208.67.222.222" "86.54.11.100" "130.59.31.248" "149.112.121.10" "185.228.168.9" "194.0.5.3" ]
  }

  def "nu-complete smtpwhy spf vantage" [] {
    [ "cloudflare=1.1.1.1" "google=8.8.8.8" "quad9=9.9.9.10" "adguard=94.140.14.140" "controld=76.76.2.11" "dns-sb=185.222.222.222" "hurricane=74.82.42.42" "vercara=64.6.64.6" "cznic=193.17.47.1" "yandex=77.88.8.8" "alidns=223.5.5.5" "dnspod=119.29.29.29" "quad9-secure=9.9.9.9" "opendns=208.67.222.222" "dns4eu=86.54.11.100" "switch=130.59.31.248" "cira=149.112.121.10" "cleanbrowsing=185.228.168.9" "dns4all=194.0.5.3" ]
  }

  # The SPF record: syntax, tree, limits; with --ip also the result for that address
  export extern "smtpwhy spf" [
    --record: string          # Check this record, as if the domain published it
    --zone: path              # Read DNS from a zone file instead; with --resolver, names outside it are asked there
    --format: string@"nu-complete smtpwhy spf format" # How to print; sarif: check and spf
    --json                    # The same as --format json
    --color: string@"nu-complete smtpwhy spf color" # When to colour
    --offline                 # No DNS at all
    --domain: string          # The sending domain to probe, where the text does not say
    --ip: string              # The address the receiver saw the mail come from
    --sender: string          # The envelope sender the receiver saw
    --helo: string            # The HELO or EHLO name the receiver saw
    --selector: string        # A DKIM selector to check
    --timeout: string         # For one DNS query, such as 2s or 500ms
    --max-queries: string     # The most DNS queries for one domain
    --role: string@"nu-complete smtpwhy spf role" # Whose advice comes first
    --quiet(-q)               # One line a diagnosis
    --verbose(-v)             # Everything that is known
    --ascii                   # No characters beyond ASCII in text output, but those of the input
    --show-config             # Print the settings that apply, and where each comes from
    --resolver: string@"nu-complete smtpwhy spf resolver" # Recursive resolver to ask in place of the system's
    --vantage: string@"nu-complete smtpwhy spf vantage" # Ask this one in place of the built-in public resolvers; repeatable
    --help(-h)                # Print help (see more with '--help')
    surveyed: string
  ]

  def "nu-complete smtpwhy completions shell" [] {
    [ "bash" "zsh" "fish" "powershell" "elvish" "nushell" ]
  }

  def "nu-complete smtpwhy completions format" [] {
    [ "text" "json" "ndjson" "sarif" ]
  }

  def "nu-complete smtpwhy completions color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete smtpwhy completions role" [] {
    [ "sender" "receiver" ]
  }

  def "nu-complete smtpwhy completions resolver" [] {
    [ "1.1.1.1" "8.8.8.8" "9.9.9.10" "94.140.14.140" "76.76.2.11" "185.222.222.222" "74.82.42.42" "64.6.64.6" "193.17.47.1" "77.88.8.8" "223.5.5.5" "119.29.29.29" "9.9.9.9" "208.67.222.222" "86.54.11.100" "130.59.31.248" "149.112.121.10" "185.228.168.9" "194.0.5.3" ]
  }

  def "nu-complete smtpwhy completions vantage" [] {
    [ "cloudflare=1.1.1.1" "google=8.8.8.8" "quad9=9.9.9.10" "adguard=94.140.14.140" "controld=76.76.2.11" "dns-sb=185.222.222.222" "hurricane=74.82.42.42" "vercara=64.6.64.6" "cznic=193.17.47.1" "yandex=77.88.8.8" "alidns=223.5.5.5" "dnspod=119.29.29.29" "quad9-secure=9.9.9.9" "opendns=208.67.222.222" "dns4eu=86.54.11.100" "switch=130.59.31.248" "cira=149.112.121.10" "cleanbrowsing=185.228.168.9" "dns4all=194.0.5.3" ]
  }

  # Print a completion script
  export extern "smtpwhy completions" [
    --format: string@"nu-complete smtpwhy completions format" # How to print; sarif: check and spf
    --json                    # The same as --format json
    --color: string@"nu-complete smtpwhy completions color" # When to colour
    --offline                 # No DNS at all
    --domain: string          # The sending domain to probe, where the text does not say
    --ip: string              # The address the receiver saw the mail come from
    --sender: string          # The envelope sender the receiver saw
    --helo: string            # The HELO or EHLO name the receiver saw
    --selector: string        # A DKIM selector to check
    --timeout: string         # For one DNS query, such as 2s or 500ms
    --max-queries: string     # The most DNS queries for one domain
    --role: string@"nu-complete smtpwhy completions role" # Whose advice comes first
    --quiet(-q)               # One line a diagnosis
    --verbose(-v)             # Everything that is known
    --ascii                   # No characters beyond ASCII in text output, but those of the input
    --show-config             # Print the settings that apply, and where each comes from
    --resolver: string@"nu-complete smtpwhy completions resolver" # Recursive resolver to ask in place of the system's
    --vantage: string@"nu-complete smtpwhy completions vantage" # Ask this one in place of the built-in public resolvers; repeatable
    --help(-h)                # Print help (see more with '--help')
    shell: string@"nu-complete smtpwhy completions shell"
  ]

  def "nu-complete smtpwhy schema kind" [] {
    [ "report" "diagnosis" "check" "spf" "propagation" "explain" "error" ]
  }

  def "nu-complete smtpwhy schema format" [] {
    [ "text" "json" "ndjson" "sarif" ]
  }

  def "nu-complete smtpwhy schema color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete smtpwhy schema role" [] {
    [ "sender" "receiver" ]
  }

  def "nu-complete smtpwhy schema resolver" [] {
    [ "1.1.1.1" "8.8.8.8" "9.9.9.10" "94.140.14.140" "76.76.2.11" "185.222.222.222" "74.82.42.42" "64.6.64.6" "193.17.47.1" "77.88.8.8" "223.5.5.5" "119.29.29.29" "9.9.9.9" "208.67.222.222" "86.54.11.100" "130.59.31.248" "149.112.121.10" "185.228.168.9" "194.0.5.3" ]
  }

  def "nu-complete smtpwhy schema vantage" [] {
    [ "cloudflare=1.1.1.1" "google=8.8.8.8" "quad9=9.9.9.10" "adguard=94.140.14.140" "controld=76.76.2.11" "dns-sb=185.222.222.222" "hurricane=74.82.42.42" "vercara=64.6.64.6" "cznic=193.17.47.1" "yandex=77.88.8.8" "alidns=223.5.5.5" "dnspod=119.29.29.29" "quad9-secure=9.9.9.9" "opendns=208.67.222.222" "dns4eu=86.54.11.100" "switch=130.59.31.248" "cira=149.112.121.10" "cleanbrowsing=185.228.168.9" "dns4all=194.0.5.3" ]
  }

  # Print the JSON Schema of a document
  export extern "smtpwhy schema" [
    --format: string@"nu-complete smtpwhy schema format" # How to print; sarif: check and spf
    --json                    # The same as --format json
    --color: string@"nu-complete smtpwhy schema color" # When to colour
    --offline                 # No DNS at all
    --domain: string          # The sending domain to probe, where the text does not say
    --ip: string              # The address the receiver saw the mail come from
    --sender: string          # The envelope sender the receiver saw
    --helo: string            # The HELO or EHLO name the receiver saw
    --selector: string        # A DKIM selector to check
    --timeout: string         # For one DNS query, such as 2s or 500ms
    --max-queries: string     # The most DNS queries for one domain
    --role: string@"nu-complete smtpwhy schema role" # Whose advice comes first
    --quiet(-q)               # One line a diagnosis
    --verbose(-v)             # Everything that is known
    --ascii                   # No characters beyond ASCII in text output, but those of the input
    --show-config             # Print the settings that apply, and where each comes from
    --resolver: string@"nu-complete smtpwhy schema resolver" # Recursive resolver to ask in place of the system's
    --vantage: string@"nu-complete smtpwhy schema vantage" # Ask this one in place of the built-in public resolvers; repeatable
    --help(-h)                # Print help (see more with '--help')
    kind?: string@"nu-complete smtpwhy schema kind" # The kind of document; any where left out
  ]

  def "nu-complete smtpwhy explain id" [] {
    [ "211" "214" "220" "221" "235" "250" "251" "252" "334" "354" "400" "417" "420" "421" "422" "424" "426" "430" "431" "432" "435" "441" "442" "446" "447" "449" "450" "451" "452" "453" "454" "455" "456" "458" "459" "471" "500" "501" "502" "503" "504" "510" "511" "512" "513" "515" "517" "521" "522" "523" "524" "525" "530" "531" "533" "534" "535" "538" "540" "541" "546" "547" "550" "551" "552" "553" "554" "555" "556" "557" "558" "2.X.X" "4.X.X" "5.X.X" "X.0.X" "X.0.0" "4.0.0" "5.0.0" "5.0.350" "X.1.X" "X.1.0" "5.1.0" "X.1.1" "4.1.1" "X.1.2" "4.1.2" "X.1.3" "X.1.4" "X.1.5" "X.1.6" "X.1.7" "4.1.7" "5.1.7" "X.1.8" "4.1.8" "5.1.8" "X.1.9" "X.1.10" "5.1.10" "5.1.20" "5.1.90" "5.1.351" "X.2.X" "X.2.0" "4.2.0" "5.2.0" "X.2.1" "4.2.1" "5.2.1" "X.2.2" "5.2.2" "X.2.3" "X.2.4" "5.2.121" "5.2.122" "X.3.X" "X.3.0" "4.3.0" "5.3.0" "X.3.1" "4.3.1" "X.3.2" "4.3.2" "5.3.2" "X.3.3" "X.3.4" "X.3.5" "4.3.5" "5.3.5" "X.3.6" "5.3.190" "X.4.X" "X.4.0" "4.4.0" "5.4.0" "X.4.1" "4.4.1" "5.4.1" "X.4.2" "4.4.2" "X.4.3" "4.4.3" "X.4.4" "4.4.4" "5.4.4" "X.4.5" "4.4.5" "5.4.5" "X.4.6" "X.4.7" "4.4.7" "5.4.7" "5.4.8" "5.4.14" "5.4.300" "4.4.310" "5.4.310" "4.4.312" "5.4.312" "4.4.316" "5.4.316" "4.4.317" "5.4.318" "X.5.X" "X.5.0" "4.5.0" "5.5.0" "X.5.1" "X.5.2" "X.5.3" "4.5.3" "X.5.4" "X.5.5" "X.5.6" "X.6.X" "X.6.0" "4.6.0" "X.6.1" "X.6.2" "X.6.3" "X.6.4" "X.6.5" "X.6.6" "X.6.7" "X.6.8" "X.6.9" "X.6.10" "5.6.11" "X.7.X" "X.7.0" "4.7.0" "5.7.0" "X.7.1" "4.7.1" "5.7.1" "X.7.2" "X.7.3" "5.7.3" "X.7.4" "X.7.5" "4.7.5" "5.7.5" "X.7.6" "X.7.7" "X.7.8" "X.7.9" "5.7.9" "X.7.10" "X.7.11" "X.7.12" "5.7.12" "X.7.13" "X.7.14" "X.7.15" "X.7.16" "X.7.17" "X.7.18" "X.7.19" "X.7.20" "X.7.21" "X.7.22" "X.7.23" "4.7.23" "X.7.24" "4.7.24" "5.7.24" "X.7.25" "4.7.25" "X.7.26" "4.7.26" "X.7.27" "4.7.27" "X.7.28" "4.7.28" "X.7.29" "4.7.29" "5.7.29" "X.7.30" "4.7.30" "5.7.30" "X.7.31" "X.7.32" "X.7.40" "5.7.51" "5.7.54" "5.7.57" "5.7.60" "5.7.64" "5.7.107" "5.7.124" "5.7.129" "5.7.133" "5.7.134" "5.7.135" "5.7.136" "5.7.233" "4.7.321" "5.7.321" "4.7.322" "5.7.322" "4.7.323" "5.7.323" "4.7.324" "5.7.324" "4.7.325" "5.7.325" "4.7.500" "5.7.501" "5.7.502" "5.7.503" "5.7.504" "5.7.505" "5.7.506" "5.7.507" "5.7.508" "5.7.509" "5.7.510" "5.7.511" "5.7.512" "5.7.513" "5.7.515" "5.7.606" "4.7.650" "4.7.651" "5.7.703" "5.7.705" "5.7.708" "5.7.750" "5.7.800" "4.7.850" "address-syntax" "address-verification" "authentication-backend-failure" "authentication-failed" "authentication-required" "blocklisted" "connection-limit" "connection-lost" "connection-refused" "connection-timeout" "content-filter-unavailable" "content-rejected" "directory-lookup-failure" "dkim-failure" "dmarc-failure" "downstream-unavailable" "greylisting" "helo-rejected" "host-lookup-failure" "insufficient-storage" "local-error" "mail-loop" "mailbox-disabled" "mailbox-full" "mailbox-not-found" "mailbox-unavailable" "malware-detected" "message-expired" "message-malformed" "message-too-large" "network-unreachable" "policy-deferred" "policy-dns-failure" "policy-rejected" "protocol-violation" "rate-limited" "recipient-domain-not-found" "recipient-rate-limited" "recipient-restricted" "relay-denied" "reverse-dns-missing" "sender-account-disabled" "sender-domain-unresolvable" "sender-not-allowed" "sender-reputation" "server-misconfigured" "service-shutting-down" "session-limit" "spf-fail" "spf-permerror" "spf-temperror" "spool-write-failure" "system-overloaded" "tls-handshake-failure" "tls-policy-failure" "tls-required" "tls-unavailable" "too-many-recipients" "unauthenticated-mail" "blocklist-listed" "delegation-inconsistent" "delegation-lame" "dkim-key-missing" "dkim-key-revoked" "dkim-key-syntax" "dkim-key-weak" "dmarc-missing" "dmarc-multiple-records" "dmarc-report-unauthorised" "dmarc-syntax" "dnssec-bogus" "mtasts-syntax" "mx-address-literal" "mx-cname" "mx-missing" "mx-null" "mx-unresolvable" "propagation-incomplete" "resolver-failure" "reverse-generic" "reverse-mismatch" "reverse-missing" "rrset-differs-between-servers" "spf-broad-network" "spf-deprecated-ptr" "spf-dns-failure" "spf-duplicate-term" "spf-include-loop" "spf-include-missing" "spf-joined-strings" "spf-lookup-limit" "spf-lookups-near-limit" "spf-missing" "spf-multiple-records" "spf-mx-limit" "spf-near-miss" "spf-no-all" "spf-not-authorised" "spf-permissive-all" "spf-ptr-limit" "spf-record-size" "spf-redirect-ignored" "spf-reserved-address" "spf-syntax" "spf-type99" "spf-unreachable-term" "spf-void-lookup-limit" "tlsrpt-syntax" "zone-serial-mismatch" "0spam" "abusix" "abv-bg" "aliyun" "amazon-ses" "apple" "aruba" "att" "backscatterer" "barracuda" "barracuda-brbl" "bell-ca" "biglobe" "blocklist-de" "bouygues" "brevo" "bt" "charter" "cisco-ironport" "cloudflare" "cloudmark" "comcast" "countries-nerd-dk" "cox" "daum-kakao" "dnswl" "docomo" "dronebl" "facebook" "fastmail" "fortinet-fortimail" "forwardemail" "free-fr" "freenet" "gandi" "gmx-webde" "godaddy-secureserver" "google" "hetzner" "home-pl" "hornetsecurity" "hostinger" "hostkarma" "hostpoint" "i-ua" "ibm-dnsbl-cobion" "ig" "improvmx" "infomaniak" "interia" "invaluement" "ionos" "kddi" "kpn" "la-poste" "libero" "locaweb" "mail-ru" "mailchannels" "mailgun" "mailjet" "mailspike" "microsoft-365" "microsoft-consumer" "mimecast" "namecheap-privateemail" "naver" "netease" "nifty" "nixspam" "o2-pl" "onet" "optus" "orange-fr" "ovh" "postini" "postmark" "proofpoint" "proofpoint-cdrbl" "proofpoint-essentials" "proton" "proximus" "psbl" "qq" "rackspace" "rambler" "retarus" "s5h" "senderscore" "sendgrid" "seznam" "sfr" "shaw" "sina" "sky" "softbank" "sohu" "sophos" "sorbs" "spamcop" "spamexperts" "spamhaus" "spamtitan" "sparkpost" "spfbl" "strato" "surbl" "symantec-messagelabs" "t-online" "talktalk" "telefonica" "telenet" "telstra" "telus" "terra" "tim" "tiscali" "titan" "trellix" "trend-micro" "truncate-gbudb" "uceprotect" "ukr-net" "uol" "uribl" "vade" "verizon" "videotron" "virgin-media" "vodafone-de" "wp-pl" "xtra" "yahoo" "yandex" "zerospam" "ziggo" "zoho" "aiosmtpd" "amavis" "apache-james" "axigen" "chasquid" "clamav" "communigate" "courier" "curl" "cyrus" "dkimpy-milter" "dma" "dotnet" "dovecot" "exchange" "exim" "gld" "go" "groupwise" "haraka" "hmailserver" "icewarp" "javamail" "kerio-connect" "lotus-domino" "maddy" "mailcow" "mailenable" "mailscanner" "mdaemon" "milter-greylist" "mimedefang" "msmtp" "nodemailer" "nullmailer" "opendkim" "opendmarc" "opensmtpd" "phpmailer" "policyd" "policyd-weight" "postfix" "postfix-policyd-spf-perl" "postfix-policyd-spf-python" "postfwd" "postgrey" "powermta" "pymilter" "pyspf" "python-smtplib" "qmail" "qpsmtpd" "rspamd" "sendmail" "smartermail" "smtp-server" "spamassassin" "sqlgrey" "ssmtp" "stalwart" "swaks" "zimbra" ]
  }

  def "nu-complete smtpwhy explain format" [] {
    [ "text" "json" "ndjson" "sarif" ]
  }

  def "nu-complete smtpwhy explain color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete smtpwhy explain role" [] {
    [ "sender" "receiver" ]
  }

  def "nu-complete smtpwhy explain resolver" [] {
    [ "1.1.1.1" "8.8.8.8" "9.9.9.10" "94.140.14.140" "76.76.2.11" "185.222.222.222" "74.82.42.42" "64.6.64.6" "193.17.47.1" "77.88.8.8" "223.5.5.5" "119.29.29.29" "9.9.9.9" "208.67.222.222" "86.54.11.100" "130.59.31.248" "149.112.121.10" "185.228.168.9" "194.0.5.3" ]
  }

  def "nu-complete smtpwhy explain vantage" [] {
    [ "cloudflare=1.1.1.1" "google=8.8.8.8" "quad9=9.9.9.10" "adguard=94.140.14.140" "controld=76.76.2.11" "dns-sb=185.222.222.222" "hurricane=74.82.42.42" "vercara=64.6.64.6" "cznic=193.17.47.1" "yandex=77.88.8.8" "alidns=223.5.5.5" "dnspod=119.29.29.29" "quad9-secure=9.9.9.9" "opendns=208.67.222.222" "dns4eu=86.54.11.100" "switch=130.59.31.248" "cira=149.112.121.10" "cleanbrowsing=185.228.168.9" "dns4all=194.0.5.3" ]
  }

  # All that is known of a reply code, enhanced status code, cause, finding, provider or mail server
  export extern "smtpwhy explain" [
    --list                    # List all ids
    --format: string@"nu-complete smtpwhy explain format" # How to print; sarif: check and spf
    --json                    # The same as --format json
    --color: string@"nu-complete smtpwhy explain color" # When to colour
    --offline                 # No DNS at all
    --domain: string          # The sending domain to probe, where the text does not say
    --ip: string              # The address the receiver saw the mail come from
    --sender: string          # The envelope sender the receiver saw
    --helo: string            # The HELO or EHLO name the receiver saw
    --selector: string        # A DKIM selector to check
    --timeout: string         # For one DNS query, such as 2s or 500ms
    --max-queries: string     # The most DNS queries for one domain
    --role: string@"nu-complete smtpwhy explain role" # Whose advice comes first
    --quiet(-q)               # One line a diagnosis
    --verbose(-v)             # Everything that is known
    --ascii                   # No characters beyond ASCII in text output, but those of the input
    --show-config             # Print the settings that apply, and where each comes from
    --resolver: string@"nu-complete smtpwhy explain resolver" # Recursive resolver to ask in place of the system's
    --vantage: string@"nu-complete smtpwhy explain vantage" # Ask this one in place of the built-in public resolvers; repeatable
    --help(-h)                # Print help (see more with '--help')
    ...id: string@"nu-complete smtpwhy explain id" # `451`, `4.7.24`, `greylisting`, `spf-lookup-limit`, `google` …
  ]

  def "nu-complete smtpwhy propagation kind" [] {
    [ "TXT" "MX" "A" "AAAA" "NS" "CNAME" "SOA" "CAA" "PTR" "SRV" "TLSA" ]
  }

  def "nu-complete smtpwhy propagation format" [] {
    [ "text" "json" "ndjson" "sarif" ]
  }

  def "nu-complete smtpwhy propagation color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete smtpwhy propagation role" [] {
    [ "sender" "receiver" ]
  }

  def "nu-complete smtpwhy propagation resolver" [] {
    [ "1.1.1.1" "8.8.8.8" "9.9.9.10" "94.140.14.140" "76.76.2.11" "185.222.222.222" "74.82.42.42" "64.6.64.6" "193.17.47.1" "77.88.8.8" "223.5.5.5" "119.29.29.29" "9.9.9.9" "208.67.222.222" "86.54.11.100" "130.59.31.248" "149.112.121.10" "185.228.168.9" "194.0.5.3" ]
  }

  def "nu-complete smtpwhy propagation vantage" [] {
    [ "cloudflare=1.1.1.1" "google=8.8.8.8" "quad9=9.9.9.10" "adguard=94.140.14.140" "controld=76.76.2.11" "dns-sb=185.222.222.222" "hurricane=74.82.42.42" "vercara=64.6.64.6" "cznic=193.17.47.1" "yandex=77.88.8.8" "alidns=223.5.5.5" "dnspod=119.29.29.29" "quad9-secure=9.9.9.9" "opendns=208.67.222.222" "dns4eu=86.54.11.100" "switch=130.59.31.248" "cira=149.112.121.10" "cleanbrowsing=185.228.168.9" "dns4all=194.0.5.3" ]
  }

  # One RRset at the zone's own servers and at many public resolvers
  export extern "smtpwhy propagation" [
    --expect: string          # The value all should serve, in place of what the zone's own servers agree on; repeatable
    --format: string@"nu-complete smtpwhy propagation format" # How to print; sarif: check and spf
    --json                    # The same as --format json
    --color: string@"nu-complete smtpwhy propagation color" # When to colour
    --offline                 # No DNS at all
    --domain: string          # The sending domain to probe, where the text does not say
    --ip: string              # The address the receiver saw the mail come from
    --sender: string          # The envelope sender the receiver saw
    --helo: string            # The HELO or EHLO name the receiver saw
    --selector: string        # A DKIM selector to check
    --timeout: string         # For one DNS query, such as 2s or 500ms
    --max-queries: string     # The most DNS queries for one domain
    --role: string@"nu-complete smtpwhy propagation role" # Whose advice comes first
    --quiet(-q)               # One line a diagnosis
    --verbose(-v)             # Everything that is known
    --ascii                   # No characters beyond ASCII in text output, but those of the input
    --show-config             # Print the settings that apply, and where each comes from
    --resolver: string@"nu-complete smtpwhy propagation resolver" # Recursive resolver to ask in place of the system's
    --vantage: string@"nu-complete smtpwhy propagation vantage" # Ask this one in place of the built-in public resolvers; repeatable
    --help(-h)                # Print help (see more with '--help')
    name: string
    kind?: string@"nu-complete smtpwhy propagation kind" # The record type
  ]

  def "nu-complete smtpwhy man command" [] {
    [ "check" "spf" "propagation" "explain" "completions" "man" "schema" ]
  }

  def "nu-complete smtpwhy man format" [] {
    [ "text" "json" "ndjson" "sarif" ]
  }

  def "nu-complete smtpwhy man color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete smtpwhy man role" [] {
    [ "sender" "receiver" ]
  }

  def "nu-complete smtpwhy man resolver" [] {
    [ "1.1.1.1" "8.8.8.8" "9.9.9.10" "94.140.14.140" "76.76.2.11" "185.222.222.222" "74.82.42.42" "64.6.64.6" "193.17.47.1" "77.88.8.8" "223.5.5.5" "119.29.29.29" "9.9.9.9" "208.67.222.222" "86.54.11.100" "130.59.31.248" "149.112.121.10" "185.228.168.9" "194.0.5.3" ]
  }

  def "nu-complete smtpwhy man vantage" [] {
    [ "cloudflare=1.1.1.1" "google=8.8.8.8" "quad9=9.9.9.10" "adguard=94.140.14.140" "controld=76.76.2.11" "dns-sb=185.222.222.222" "hurricane=74.82.42.42" "vercara=64.6.64.6" "cznic=193.17.47.1" "yandex=77.88.8.8" "alidns=223.5.5.5" "dnspod=119.29.29.29" "quad9-secure=9.9.9.9" "opendns=208.67.222.222" "dns4eu=86.54.11.100" "switch=130.59.31.248" "cira=149.112.121.10" "cleanbrowsing=185.228.168.9" "dns4all=194.0.5.3" ]
  }

  # Print a man page
  export extern "smtpwhy man" [
    --format: string@"nu-complete smtpwhy man format" # How to print; sarif: check and spf
    --json                    # The same as --format json
    --color: string@"nu-complete smtpwhy man color" # When to colour
    --offline                 # No DNS at all
    --domain: string          # The sending domain to probe, where the text does not say
    --ip: string              # The address the receiver saw the mail come from
    --sender: string          # The envelope sender the receiver saw
    --helo: string            # The HELO or EHLO name the receiver saw
    --selector: string        # A DKIM selector to check
    --timeout: string         # For one DNS query, such as 2s or 500ms
    --max-queries: string     # The most DNS queries for one domain
    --role: string@"nu-complete smtpwhy man role" # Whose advice comes first
    --quiet(-q)               # One line a diagnosis
    --verbose(-v)             # Everything that is known
    --ascii                   # No characters beyond ASCII in text output, but those of the input
    --show-config             # Print the settings that apply, and where each comes from
    --resolver: string@"nu-complete smtpwhy man resolver" # Recursive resolver to ask in place of the system's
    --vantage: string@"nu-complete smtpwhy man vantage" # Ask this one in place of the built-in public resolvers; repeatable
    --help(-h)                # Print help (see more with '--help')
    command?: string@"nu-complete smtpwhy man command" # The command it is about; smtpwhy itself where left out
  ]

  # Print this message or the help of the given subcommand(s)
  export extern "smtpwhy help" [
  ]

  # Every DNS check of a sending domain
  export extern "smtpwhy help check" [
  ]

  # The SPF record: syntax, tree, limits; with --ip also the result for that address
  export extern "smtpwhy help spf" [
  ]

  # Print a completion script
  export extern "smtpwhy help completions" [
  ]

  # Print the JSON Schema of a document
  export extern "smtpwhy help schema" [
  ]

  # All that is known of a reply code, enhanced status code, cause, finding, provider or mail server
  export extern "smtpwhy help explain" [
  ]

  # One RRset at the zone's own servers and at many public resolvers
  export extern "smtpwhy help propagation" [
  ]

  # Print a man page
  export extern "smtpwhy help man" [
  ]

  # Print this message or the help of the given subcommand(s)
  export extern "smtpwhy help help" [
  ]

}

export use completions *
