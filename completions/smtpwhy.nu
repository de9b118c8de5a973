module completions {

  def "nu-complete smtpwhy format" [] {
    [ "text" "json" "ndjson" "sarif" "html" ]
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
    [ "text" "json" "ndjson" "sarif" "html" ]
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
    [ "text" "json" "ndjson" "sarif" "html" ]
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
    --zone: path              # Take the names of this zone file from it; the others are asked in DNS
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

  def "nu-complete smtpwhy logs format" [] {
    [ "text" "json" "ndjson" "sarif" "html" ]
  }

  def "nu-complete smtpwhy logs color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete smtpwhy logs role" [] {
    [ "sender" "receiver" ]
  }

  def "nu-complete smtpwhy logs resolver" [] {
    [ "1.1.1.1" "8.8.8.8" "9.9.9.10" "94.140.14.140" "76.76.2.11" "185.222.222.222" "74.82.42.42" "64.6.64.6" "193.17.47.1" "77.88.8.8" "223.5.5.5" "119.29.29.29" "9.9.9.9" "208.67.222.222" "86.54.11.100" "130.59.31.248" "149.112.121.10" "185.228.168.9" "194.0.5.3" ]
  }

  def "nu-complete smtpwhy logs vantage" [] {
    [ "cloudflare=1.1.1.1" "google=8.8.8.8" "quad9=9.9.9.10" "adguard=94.140.14.140" "controld=76.76.2.11" "dns-sb=185.222.222.222" "hurricane=74.82.42.42" "vercara=64.6.64.6" "cznic=193.17.47.1" "yandex=77.88.8.8" "alidns=223.5.5.5" "dnspod=119.29.29.29" "quad9-secure=9.9.9.9" "opendns=208.67.222.222" "dns4eu=86.54.11.100" "switch=130.59.31.248" "cira=149.112.121.10" "cleanbrowsing=185.228.168.9" "dns4all=194.0.5.3" ]
  }

  # Triage of whole mail logs and bounce folders
  export extern "smtpwhy logs" [
    --since: string           # From then on: `2026-11-23`, `2026-11-23T14:00`, or `2h`, `3d` before now
    --until: string           # Up to then
    --follow(-f)              # Go on with what is written, and print groups as they change
    --format: string@"nu-complete smtpwhy logs format" # How to print; sarif: check and spf
    --json                    # The same as --format json
    --color: string@"nu-complete smtpwhy logs color" # When to colour
    --offline                 # No DNS at all
    --domain: string          # The sending domain to probe, where the text does not say
    --ip: string              # The address the receiver saw the mail come from
    --sender: string          # The envelope sender the receiver saw
    --helo: string            # The HELO or EHLO name the receiver saw
    --selector: string        # A DKIM selector to check
    --timeout: string         # For one DNS query, such as 2s or 500ms
    --max-queries: string     # The most DNS queries for one domain
    --role: string@"nu-complete smtpwhy logs role" # Whose advice comes first
    --quiet(-q)               # One line a diagnosis
    --verbose(-v)             # Everything that is known
    --ascii                   # No characters beyond ASCII in text output, but those of the input
    --show-config             # Print the settings that apply, and where each comes from
    --resolver: string@"nu-complete smtpwhy logs resolver" # Recursive resolver to ask in place of the system's
    --vantage: string@"nu-complete smtpwhy logs vantage" # Ask this one in place of the built-in public resolvers; repeatable
    --help(-h)                # Print help (see more with '--help')
    ...file: path             # Logs (.gz, .zst, .xz, .bz2 too), bounces, folders of these; standard input where left out
  ]

  def "nu-complete smtpwhy completions shell" [] {
    [ "bash" "zsh" "fish" "powershell" "elvish" "nushell" ]
  }

  def "nu-complete smtpwhy completions format" [] {
    [ "text" "json" "ndjson" "sarif" "html" ]
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
    [ "report" "diagnosis" "check" "spf" "propagation" "triage" "logged" "explain" "pages" "entry" "error" ]
  }

  def "nu-complete smtpwhy schema format" [] {
    [ "text" "json" "ndjson" "sarif" "html" ]
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

  def "nu-complete smtpwhy propagation kind" [] {
    [ "TXT" "MX" "A" "AAAA" "NS" "CNAME" "SOA" "CAA" "PTR" "SRV" "TLSA" ]
  }

  def "nu-complete smtpwhy propagation format" [] {
    [ "text" "json" "ndjson" "sarif" "html" ]
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
    --wait                    # Look again until all have it, whenever an old record's time is up
    --deadline: string        # Give up waiting after this long, such as 2h
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
    [ "check" "spf" "propagation" "logs" "explain" "completions" "man" "schema" ]
  }

  def "nu-complete smtpwhy man format" [] {
    [ "text" "json" "ndjson" "sarif" "html" ]
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

  def "nu-complete smtpwhy explain id" [] {
    ^smtpwhy explain --list | lines | each {|line| let parts = ($line | split row "\t"); {value: $parts.0, description: $parts.2} }
  }

  def "nu-complete smtpwhy explain format" [] {
    [ "text" "json" "ndjson" "sarif" "html" ]
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

  # Print this message or the help of the given subcommand(s)
  export extern "smtpwhy help" [
  ]

  # Every DNS check of a sending domain
  export extern "smtpwhy help check" [
  ]

  # The SPF record: syntax, tree, limits; with --ip also the result for that address
  export extern "smtpwhy help spf" [
  ]

  # Triage of whole mail logs and bounce folders
  export extern "smtpwhy help logs" [
  ]

  # Print a completion script
  export extern "smtpwhy help completions" [
  ]

  # Print the JSON Schema of a document
  export extern "smtpwhy help schema" [
  ]

  # One RRset at the zone's own servers and at many public resolvers
  export extern "smtpwhy help propagation" [
  ]

  # Print a man page
  export extern "smtpwhy help man" [
  ]

  # All that is known of a reply code, enhanced status code, cause, finding, provider or mail server
  export extern "smtpwhy help explain" [
  ]

  # Print this message or the help of the given subcommand(s)
  export extern "smtpwhy help help" [
  ]

}

export use completions *
