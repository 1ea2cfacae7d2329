//! Any bytes, in any pieces.

use proptest::prelude::*;

use super::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_packed_unpacks(pairs in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..300), prop::collection::vec(any::<u8>(), 0..300)), 0..20)) {
        let mut packed = BytesMut::new();
        for (name, value) in &pairs {
            pack(&mut packed, name, value);
        }
        let unpacked = unpack(packed.freeze()).unwrap();
        let unpacked: Vec<_> = unpacked.iter().map(|(name, value)| (name.to_vec(), value.to_vec())).collect();
        prop_assert_eq!(unpacked, pairs);
    }

    #[test]
    fn any_bytes_are_pairs_or_none(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        if let Ok(pairs) = unpack(Bytes::from(bytes.clone())) {
            let sum: usize = pairs.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
            prop_assert!(sum <= bytes.len());
        }
    }

    #[test]
    fn a_stream_is_the_same_in_any_pieces(content in prop::collection::vec(any::<u8>(), 0..140_000), cut in 500_usize..40_000) {
        let mut bytes = BytesMut::new();
        stream(&mut bytes, Kind::Stdout, 9, Bytes::from(content.clone()));
        bytes.extend_from_slice(&complete(9));
        let (mut buffer, mut found, mut ended) = (BytesMut::new(), Vec::new(), false);
        for piece in bytes.chunks(cut) {
            buffer.extend_from_slice(piece);
            while let Some(record) = Record::decode(&mut buffer).unwrap() {
                prop_assert_eq!(record.id, 9);
                match record.kind {
                    Kind::Stdout => found.extend_from_slice(&record.content),
                    _ => ended = true,
                }
            }
        }
        prop_assert!(ended && buffer.is_empty());
        prop_assert_eq!(found, content);
    }

    #[test]
    fn any_bytes_are_records_or_an_error(bytes in prop::collection::vec(prop_oneof![Just(1_u8), Just(0), any::<u8>()], 0..200)) {
        let mut conversation = Conversation::new(50);
        let mut buffer = BytesMut::from(&bytes[..]);
        loop {
            let before = buffer.len();
            match Record::decode(&mut buffer) {
                Ok(Some(record)) => if conversation.take(record).is_err() {
                    break;
                },
                Ok(None) => {
                    prop_assert_eq!(buffer.len(), before);
                    break;
                }
                Err(BadRecord(version)) => {
                    prop_assert!(version != 1);
                    break;
                }
            }
        }
    }
}
