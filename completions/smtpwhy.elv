
use builtin;
use str;

set edit:completion:arg-completer[smtpwhy] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'smtpwhy'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'smtpwhy'= {
            cand --format 'format'
            cand --color 'color'
            cand --domain 'The sending domain to probe, where the text does not say'
            cand --ip 'The address the receiver saw the mail come from'
            cand --sender 'The envelope sender the receiver saw'
            cand --helo 'The HELO or EHLO name the receiver saw'
            cand --selector 'A DKIM selector to check'
            cand --resolver 'Recursive resolver to ask in place of the system''s'
            cand --vantage 'Ask this one in place of the built-in public resolvers; repeatable'
            cand --timeout 'For one DNS query, such as 2s or 500ms'
            cand --max-queries 'The most DNS queries for one domain'
            cand --role 'Whose advice comes first'
            cand --draft-mail 'Draft the mail to the receiving side''s postmaster'
            cand --json 'The same as --format json'
            cand --offline 'No DNS at all'
            cand -q 'One line a diagnosis'
            cand --quiet 'One line a diagnosis'
            cand -v 'Everything that is known'
            cand --verbose 'Everything that is known'
            cand --ascii 'No characters beyond ASCII in text output, but those of the input'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand check 'Every DNS check of a sending domain'
            cand spf 'The SPF record: syntax, tree, limits; with --ip also the result for that address'
            cand propagation 'One RRset at the zone''s own servers and at many public resolvers'
            cand logs 'Triage of whole mail logs and bounce folders'
            cand explain 'All that is known of a reply code, enhanced status code, cause, finding, provider or mail server'
            cand completions 'Print a completion script'
            cand man 'Print a man page'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'smtpwhy;check'= {
            cand --format 'format'
            cand --color 'color'
            cand --ip 'The address the receiver saw the mail come from'
            cand --sender 'The envelope sender the receiver saw'
            cand --helo 'The HELO or EHLO name the receiver saw'
            cand --selector 'A DKIM selector to check'
            cand --resolver 'Recursive resolver to ask in place of the system''s'
            cand --vantage 'Ask this one in place of the built-in public resolvers; repeatable'
            cand --timeout 'For one DNS query, such as 2s or 500ms'
            cand --max-queries 'The most DNS queries for one domain'
            cand --role 'Whose advice comes first'
            cand --json 'The same as --format json'
            cand --offline 'No DNS at all'
            cand -q 'One line a diagnosis'
            cand --quiet 'One line a diagnosis'
            cand -v 'Everything that is known'
            cand --verbose 'Everything that is known'
            cand --ascii 'No characters beyond ASCII in text output, but those of the input'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'smtpwhy;spf'= {
            cand --record 'Check this record, as if the domain published it'
            cand --zone 'Take the names of this zone file from it, and ask DNS for the others only'
            cand --format 'format'
            cand --color 'color'
            cand --ip 'The address the receiver saw the mail come from'
            cand --sender 'The envelope sender the receiver saw'
            cand --helo 'The HELO or EHLO name the receiver saw'
            cand --selector 'A DKIM selector to check'
            cand --resolver 'Recursive resolver to ask in place of the system''s'
            cand --vantage 'Ask this one in place of the built-in public resolvers; repeatable'
            cand --timeout 'For one DNS query, such as 2s or 500ms'
            cand --max-queries 'The most DNS queries for one domain'
            cand --role 'Whose advice comes first'
            cand --json 'The same as --format json'
            cand --offline 'No DNS at all'
            cand -q 'One line a diagnosis'
            cand --quiet 'One line a diagnosis'
            cand -v 'Everything that is known'
            cand --verbose 'Everything that is known'
            cand --ascii 'No characters beyond ASCII in text output, but those of the input'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'smtpwhy;propagation'= {
            cand --expect 'The value all should serve, in place of what the zone''s own servers agree on; repeatable'
            cand --format 'format'
            cand --color 'color'
            cand --domain 'The sending domain to probe, where the text does not say'
            cand --ip 'The address the receiver saw the mail come from'
            cand --sender 'The envelope sender the receiver saw'
            cand --helo 'The HELO or EHLO name the receiver saw'
            cand --selector 'A DKIM selector to check'
            cand --resolver 'Recursive resolver to ask in place of the system''s'
            cand --vantage 'Ask this one in place of the built-in public resolvers; repeatable'
            cand --timeout 'For one DNS query, such as 2s or 500ms'
            cand --max-queries 'The most DNS queries for one domain'
            cand --role 'Whose advice comes first'
            cand --json 'The same as --format json'
            cand --offline 'No DNS at all'
            cand -q 'One line a diagnosis'
            cand --quiet 'One line a diagnosis'
            cand -v 'Everything that is known'
            cand --verbose 'Everything that is known'
            cand --ascii 'No characters beyond ASCII in text output, but those of the input'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'smtpwhy;logs'= {
            cand --since 'From then on: `2026-11-23`, `2026-11-23T14:00`, or `2h`, `3d` before now'
            cand --until 'Up to then'
            cand --format 'format'
            cand --color 'color'
            cand --domain 'The sending domain to probe, where the text does not say'
            cand --ip 'The address the receiver saw the mail come from'
            cand --sender 'The envelope sender the receiver saw'
            cand --helo 'The HELO or EHLO name the receiver saw'
            cand --selector 'A DKIM selector to check'
            cand --resolver 'Recursive resolver to ask in place of the system''s'
            cand --vantage 'Ask this one in place of the built-in public resolvers; repeatable'
            cand --timeout 'For one DNS query, such as 2s or 500ms'
            cand --max-queries 'The most DNS queries for one domain'
            cand --role 'Whose advice comes first'
            cand -f 'Go on with what is written, and print groups as they change'
            cand --follow 'Go on with what is written, and print groups as they change'
            cand --json 'The same as --format json'
            cand --offline 'No DNS at all'
            cand -q 'One line a diagnosis'
            cand --quiet 'One line a diagnosis'
            cand -v 'Everything that is known'
            cand --verbose 'Everything that is known'
            cand --ascii 'No characters beyond ASCII in text output, but those of the input'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'smtpwhy;explain'= {
            cand --format 'format'
            cand --color 'color'
            cand --domain 'The sending domain to probe, where the text does not say'
            cand --ip 'The address the receiver saw the mail come from'
            cand --sender 'The envelope sender the receiver saw'
            cand --helo 'The HELO or EHLO name the receiver saw'
            cand --selector 'A DKIM selector to check'
            cand --resolver 'Recursive resolver to ask in place of the system''s'
            cand --vantage 'Ask this one in place of the built-in public resolvers; repeatable'
            cand --timeout 'For one DNS query, such as 2s or 500ms'
            cand --max-queries 'The most DNS queries for one domain'
            cand --role 'Whose advice comes first'
            cand --list 'List all ids'
            cand --json 'The same as --format json'
            cand --offline 'No DNS at all'
            cand -q 'One line a diagnosis'
            cand --quiet 'One line a diagnosis'
            cand -v 'Everything that is known'
            cand --verbose 'Everything that is known'
            cand --ascii 'No characters beyond ASCII in text output, but those of the input'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'smtpwhy;completions'= {
            cand --format 'format'
            cand --color 'color'
            cand --domain 'The sending domain to probe, where the text does not say'
            cand --ip 'The address the receiver saw the mail come from'
            cand --sender 'The envelope sender the receiver saw'
            cand --helo 'The HELO or EHLO name the receiver saw'
            cand --selector 'A DKIM selector to check'
            cand --resolver 'Recursive resolver to ask in place of the system''s'
            cand --vantage 'Ask this one in place of the built-in public resolvers; repeatable'
            cand --timeout 'For one DNS query, such as 2s or 500ms'
            cand --max-queries 'The most DNS queries for one domain'
            cand --role 'Whose advice comes first'
            cand --json 'The same as --format json'
            cand --offline 'No DNS at all'
            cand -q 'One line a diagnosis'
            cand --quiet 'One line a diagnosis'
            cand -v 'Everything that is known'
            cand --verbose 'Everything that is known'
            cand --ascii 'No characters beyond ASCII in text output, but those of the input'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'smtpwhy;man'= {
            cand --format 'format'
            cand --color 'color'
            cand --domain 'The sending domain to probe, where the text does not say'
            cand --ip 'The address the receiver saw the mail come from'
            cand --sender 'The envelope sender the receiver saw'
            cand --helo 'The HELO or EHLO name the receiver saw'
            cand --selector 'A DKIM selector to check'
            cand --resolver 'Recursive resolver to ask in place of the system''s'
            cand --vantage 'Ask this one in place of the built-in public resolvers; repeatable'
            cand --timeout 'For one DNS query, such as 2s or 500ms'
            cand --max-queries 'The most DNS queries for one domain'
            cand --role 'Whose advice comes first'
            cand --json 'The same as --format json'
            cand --offline 'No DNS at all'
            cand -q 'One line a diagnosis'
            cand --quiet 'One line a diagnosis'
            cand -v 'Everything that is known'
            cand --verbose 'Everything that is known'
            cand --ascii 'No characters beyond ASCII in text output, but those of the input'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'smtpwhy;help'= {
            cand check 'Every DNS check of a sending domain'
            cand spf 'The SPF record: syntax, tree, limits; with --ip also the result for that address'
            cand propagation 'One RRset at the zone''s own servers and at many public resolvers'
            cand logs 'Triage of whole mail logs and bounce folders'
            cand explain 'All that is known of a reply code, enhanced status code, cause, finding, provider or mail server'
            cand completions 'Print a completion script'
            cand man 'Print a man page'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'smtpwhy;help;check'= {
        }
        &'smtpwhy;help;spf'= {
        }
        &'smtpwhy;help;propagation'= {
        }
        &'smtpwhy;help;logs'= {
        }
        &'smtpwhy;help;explain'= {
        }
        &'smtpwhy;help;completions'= {
        }
        &'smtpwhy;help;man'= {
        }
        &'smtpwhy;help;help'= {
        }
    ]
    $completions[$command]
}
