<?php

/**
 * A worker as old packages make them: frames spoken by hand over pipes, and whatever PHP prints goes in between.
 *
 * `php prints.php FOLDER`: at every tenth request it prints before its answer or after it. The folder holds
 * `code.php`, the version of the code, and `ledger`, the notes of what was executed.
 */

declare(strict_types=1);

const CONTROL = 0x01;
const JSON = 0x08;

/** What lands on stdout: lines, no line, bytes that begin like a frame, zeros, more than one read brings. */
const GARBAGE = [
    "PHP Warning:  Undefined variable \$x in /app/index.php on line 3\n",
    'no end of line',
    "\x13\x00",
    "\x14\x08\xff\xff\x00\x00",
    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
    "caf\xc3\xa9 \xff\xfe\n\n\n",
];

[, $folder] = $argv;
$code = require "$folder/code.php";

for ($answered = 0; true;) {
    [$flags, $head, $body] = receive();
    $head = json_decode($head . ($flags & CONTROL ? $body : ''), true);
    if ($flags & CONTROL) {
        if (isset($head['stop'])) {
            exit(0);
        }
        send(CONTROL, [], '{"pid":' . getmypid() . '}');
        continue;
    }
    parse_str($head['rawQuery'], $query);
    $id = $query['id'] ?? '0';
    file_put_contents("$folder/ledger", "{$head['method']} $id\n", FILE_APPEND);
    $context = json_encode(['status' => 200, 'headers' => [
        'X-Pid' => [(string) getmypid()],
        'X-Code' => [(string) $code],
    ]]);
    $answer = "$id:" . str_repeat('x', (int) ($query['size'] ?? 0));

    ++$answered;
    $turn = intdiv($answered, 10);
    $garbage = $answered % 10 === 0 ? GARBAGE[$turn % count(GARBAGE)] : '';
    if ($turn % 7 === 0) {
        $garbage = str_repeat($garbage, 5000);
    }
    $before = intdiv($turn, count(GARBAGE)) % 2 === 0;
    fwrite(STDOUT, $before ? $garbage : '');
    send(JSON, [strlen($context)], $context . $answer);
    fwrite(STDOUT, $before ? '' : $garbage);
}

/** @return array{int, string, string} flags, context, body */
function receive(): array
{
    $header = take(12);
    ['words' => $words, 'flags' => $flags, 'length' => $length] = unpack('Cwords/Cflags/Vlength', $header);
    $options = ($words & 15) > 3 ? unpack('V*', take(4 * (($words & 15) - 3))) : [1 => 0];
    $payload = $length > 0 ? take($length) : '';

    return [$flags, substr($payload, 0, $options[1]), substr($payload, $options[1])];
}

function take(int $length): string
{
    $bytes = '';
    while (strlen($bytes) < $length) {
        $more = fread(STDIN, $length - strlen($bytes));
        if ($more === '' || $more === false) {
            exit(0);
        }
        $bytes .= $more;
    }

    return $bytes;
}

/** @param list<int> $options */
function send(int $flags, array $options, string $payload): void
{
    $covered = pack('CCV', 0x13 + count($options), $flags, strlen($payload));
    fwrite(STDOUT, $covered . pack('VvV*', crc32($covered), 0, ...$options) . $payload);
}
