<?php
// A worker of RoadRunner 1, packages of goridge 2 spoken by hand, no library. It reads each prefix
// with one read, as that line's library does.
declare(strict_types=1);

const NONE = 0x02;
const RAW = 0x04;
const ERROR = 0x08;
const CONTROL = 0x10;

[$in, $out] = match (true) {
    !isset($argv[1]) => [STDIN, STDOUT],
    default => (static function (string $address): array {
        $socket = stream_socket_client($address) ?: exit(1);
        return [$socket, $socket];
    })(getenv('RR_RELAY')),
};

/** @return array{int, string} flags and payload */
function receive($in): array
{
    $prefix = fread($in, 17);
    if ($prefix === false || strlen($prefix) !== 17) {
        exit(3);
    }
    ['flags' => $flags, 'size' => $size, 'revs' => $revs] = unpack('Cflags/Psize/Jrevs', $prefix);
    if ($size !== $revs) {
        throw new RuntimeException('invalid prefix (checksum)');
    }
    $payload = '';
    while (strlen($payload) < $size) {
        $part = fread($in, min(65536, $size - strlen($payload)));
        $payload .= $part === false || $part === '' ? exit(3) : $part;
    }
    return [$flags, $payload];
}

function package(int $flags, string $payload): string
{
    return pack('CPJ', $flags, strlen($payload), strlen($payload)) . $payload;
}

function answer($out, mixed $body, int $status = 200, array $headers = []): void
{
    $head = json_encode(['status' => $status, 'headers' => (object) $headers]);
    $body = is_string($body) ? $body : json_encode($body);
    fwrite($out, package(CONTROL | RAW, $head) . package(RAW, $body));
}

while (true) {
    [$flags, $head] = receive($in);
    if (($flags & CONTROL) !== 0 && ($flags & RAW) === 0) {
        if (isset(json_decode($head, true)['stop'])) {
            if (getenv('STOPPED') !== false) {
                touch(getenv('STOPPED'));
            }
            exit(0);
        }
        fwrite($out, package(CONTROL, json_encode(['pid' => getmypid()])));
        continue;
    }
    [$flags, $body] = receive($in);
    if ($flags !== 0) {
        throw new RuntimeException("a body with the flags $flags");
    }
    $request = json_decode($head, true, 512, JSON_THROW_ON_ERROR);
    $url = parse_url($request['uri']);
    parse_str($url['query'] ?? '', $query);
    match ($url['path'] ?? '/') {
        '/request' => answer($out, ['raw' => $head, 'body' => $body], 201, ['X-Y' => ['1', '2']]),
        '/size' => answer($out, (string) strlen($body)),
        '/pid' => answer($out, (string) getmypid()),
        '/env' => answer($out, array_filter(
            getenv(),
            static fn (string $name): bool => str_starts_with($name, 'RR_'),
            ARRAY_FILTER_USE_KEY,
        )),
        '/no-head' => fwrite($out, package(CONTROL | NONE, '') . package(RAW, 'no header')),
        '/error' => fwrite($out, package(CONTROL | RAW | ERROR, 'application exploded')),
        '/crash' => exit(9),
        '/echo' => [print("Notice: x\n"), answer($out, 'said'), print("==================\n")],
        '/torn' => fwrite($out, package(CONTROL | RAW, '{"status":200}') . str_repeat('=', 40)),
        '/wish' => file_exists($query['note'])
            ? answer($out, 'granted')
            : [touch($query['note']), fwrite($out, package(CONTROL | RAW, '{"stop":true}') . package(RAW, ''))],
    };
}
