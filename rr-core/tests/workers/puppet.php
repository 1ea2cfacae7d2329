<?php
// A worker that does what the context of its task says: frames spoken by hand, no library.
declare(strict_types=1);

const CONTROL = 0x01;
const ERROR = 0x40;
const STREAM = 0x01;
const PING = 0x04;

[$in, $out] = match ($argv[1] ?? 'pipes') {
    'pipes' => [STDIN, STDOUT],
    default => (static function (string $address): array {
        $socket = stream_socket_client($address, $code, $text) ?: exit(1);
        return [$socket, $socket];
    })($argv[1]),
};

function take($in, int $length): string
{
    $bytes = '';
    while (strlen($bytes) < $length) {
        $part = fread($in, $length - strlen($bytes));
        if ($part === '' || $part === false) {
            exit(3);
        }
        $bytes .= $part;
    }
    return $bytes;
}

/** @return array{int, int, int, string} flags, stream bits, length of the context, payload */
function frame($in): array
{
    $head = take($in, 12);
    $options = 4 * ((ord($head[0]) & 15) - 3);
    $words = $options > 0 ? unpack('V', take($in, $options)) : [1 => 0];
    $length = unpack('V', $head, 2)[1];
    return [ord($head[1]), ord($head[10]), $words[1], $length > 0 ? take($in, $length) : ''];
}

function send($out, int $flags, string $context, string $body, int $stream = 0): void
{
    $one = $flags & (CONTROL | ERROR) ? '' : pack('V', strlen($context));
    $head = chr(0x13 + strlen($one) / 4) . chr($flags) . pack('V', strlen($context . $body));
    fwrite($out, $head . pack('V', crc32($head)) . chr($stream) . "\0" . $one . $context . $body);
}

/** Streams until somebody says STOP, as socket workers do: without a PING. */
function forever($out): void
{
    usleep(100000);
    for ($i = 0; ; ++$i) {
        send($out, 0, $i === 0 ? 'head' : '', 'part', STREAM);
        $read = [$out];
        $none = null;
        if (stream_select($read, $none, $none, 0, 10000) > 0) {
            frame($out);
            send($out, 0, '', 'end');
            return;
        }
    }
}

while (true) {
    [$flags, $stream, $length, $payload] = frame($in);
    if ($flags & CONTROL) {
        if (isset(json_decode($payload, true)['stop'])) {
            exit(0);
        }
        send($out, CONTROL, '', json_encode(['pid' => getmypid()]));
        continue;
    }
    if ($stream !== 0) {
        continue; // a PONG or STOP that comes late
    }
    $context = substr($payload, 0, $length);
    $body = substr($payload, $length);
    [$what, $argument] = explode(' ', $context . ' ');
    match ($what) {
        'echo' => send($out, 0, $context, $body),
        'pid' => send($out, 0, '', (string) getmypid()),
        'error' => send($out, ERROR, '', $body),
        'sleep' => [usleep(1000 * (int) $argument), send($out, 0, '', 'slept')],
        'exit' => exit((int) $argument),
        'half' => [fwrite($out, "\x14\x00\xff\x00"), exit(0)],
        'printdie' => [fwrite($out, $body), exit(255)],
        'noisy' => [fwrite($out, $body), send($out, 0, '', 'heard'), fwrite($out, $body)],
        'wish' => touch($body) && filesize($body) === 0
            ? [file_put_contents($body, 'once'), send($out, 0, '{"stop":true}', '')]
            : send($out, 0, '', 'granted'),
        'twice' => [send($out, 0, '', 'first'), send($out, 0, '', 'second')],
        'last' => [send($out, 0, '', 'done'), send($out, 0, '{"stop":true}', '')],
        'leave' => [send($out, 0, '', 'done'), usleep(200000), exit(0)],
        'flood' => [send($out, 0, '', 'done'), fwrite($out, str_repeat('x', 2 << 20))],
        'forever' => forever($out),
        'options' => fwrite($out, hex2bin('13000a000000f2313d5b00006e6f206f7074696f6e73')),
        'beyond' => fwrite($out, hex2bin('140003000000c04e303b000004000000616263')),
        'stderr' => [fwrite(STDERR, $body), send($out, 0, '', 'said')],
        'stream' => (static function () use ($in, $out, $argument): void {
            for ($i = 1; $i <= (int) $argument; ++$i) {
                $ping = $i % 5 === 0;
                send($out, 0, $i === 1 ? 'head' : '', "part $i ", STREAM | ($ping ? PING : 0));
                if ($ping && (frame($in)[1] & 0x02) !== 0) {
                    break; // STOP instead of PONG
                }
            }
            send($out, 0, '', 'end');
        })(),
        'streamdie' => [send($out, 0, 'head', 'part ', STREAM), exit(0)],
        default => send($out, ERROR, '', "no such trick: $what"),
    };
}
