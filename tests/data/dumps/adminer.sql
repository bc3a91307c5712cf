-- Adminer 4.8.1 MySQL 5.7.33 dump

SET NAMES utf8;
SET time_zone = '+00:00';
SET foreign_key_checks = 0;
SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO';

SET NAMES utf8mb4;

DROP TABLE IF EXISTS `tblclients`;
CREATE TABLE `tblclients` (
  `id` int(10) NOT NULL,
  `firstname` text NOT NULL,
  `lastname` text NOT NULL,
  `companyname` text NOT NULL,
  `email` text NOT NULL,
  `city` text NOT NULL,
  `status` text NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8;

INSERT INTO `tblclients` (`id`, `firstname`, `lastname`, `companyname`, `email`, `city`, `status`) VALUES
(1,	'Ada',	'Adler',	'Adler GmbH',	'ada@qz1.example',	'Berlin',	'Active'),
(2,	'Ben',	'Brandt',	'',	'ben@qz2.example',	'Bonn',	'Active');

DROP TABLE IF EXISTS `tblcontacts`;
CREATE TABLE `tblcontacts` (
  `id` int(10) NOT NULL,
  `userid` int(10) NOT NULL,
  `firstname` text NOT NULL,
  `lastname` text NOT NULL,
  `email` text NOT NULL,
  `subaccount` int(1) NOT NULL,
  `permissions` text NOT NULL,
  `invoiceemails` tinyint(1) NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8;

INSERT INTO `tblcontacts` (`id`, `userid`, `firstname`, `lastname`, `email`, `subaccount`, `permissions`, `invoiceemails`) VALUES
(1,	1,	'F1',	'L1',	'c1@qz1.example',	1,	'invoices,tickets',	1),
(2,	1,	'F2',	'L2',	'c2@qz1.example',	1,	'invoices,tickets',	1),
(3,	1,	'F3',	'L3',	'c3@qz1.example',	1,	'invoices,tickets',	1),
(4,	1,	'F4',	'L4',	'c4@qz1.example',	1,	'invoices,tickets',	1),
(5,	1,	'F5',	'L5',	'c5@qz1.example',	1,	'invoices,tickets',	1),
(6,	1,	'F6',	'L6',	'c6@qz1.example',	1,	'invoices,tickets',	1);

DELIMITER ;;

CREATE TRIGGER `noted` AFTER INSERT ON `tblcontacts` FOR EACH ROW
INSERT INTO notes (text) VALUES ('new; contact');;

DELIMITER ;

-- 2021-03-04 05:06:07
